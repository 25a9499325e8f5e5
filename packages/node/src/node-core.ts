import type { Primitives, Random } from '@sotto/protocol/crypto';
import { CLOSE, type Clock } from '@sotto/protocol/link';
import { PacketWriter, type SendFrame } from '@sotto/protocol/wire';
import { Attacher } from './delivery/attacher.ts';
import { CalmLog } from './calm-log.ts';
import { BundleDesk } from './directory/bundle-desk.ts';
import { KeyDirectory } from './directory/key-directory.ts';
import { type ApiParts, apiPartsOf } from './http-api/api-parts.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { Dispatcher } from './links/dispatcher.ts';
import { IdleWatch } from './links/idle-watch.ts';
import { Link, type LinkHost } from './links/link.ts';
import type { LinkSocket } from './links/link-socket.ts';
import { LinkAcceptor } from './links/link-acceptor.ts';
import { type Defer, Turn } from './links/turn.ts';
import { describeError, type Log } from './log.ts';
import type { NodeIdentity } from './node-identity.ts';
import type { NodeMetrics } from './node-metrics.ts';
import { liveMode, type NodeMode, type SharedParts, storedMode } from './node-mode.ts';
import { AccessCache } from './relay/access-cache.ts';
import { Relay } from './relay/relay.ts';
import { Announcer } from './room/announcer.ts';
import { AccountDesk } from './ring/keep/account-desk.ts';
import { HomeFinder } from './ring/keep/home-finder.ts';
import { RingAccess } from './ring/keep/ring-access.ts';
import { RingKeep } from './ring/keep/ring-keep.ts';
import { SigningKeys } from './ring/keep/signing-keys.ts';
import { RingRuntime } from './ring/ring-runtime.ts';
import type { RingOptions } from './ring/ring-options.ts';
import { TunnelDesk } from './ring/tunnel-desk.ts';
import { type GuestListener, Guests } from './room/guests.ts';
import type { RelayStore } from './store/relay-store.ts';
import { StageTimes } from './stages/stage-times.ts';
import { EdgeDesk } from './wake/edge-desk.ts';
import { tellingChanges } from './wake/telling-changes.ts';
import type { Wake } from './wake/wake.ts';

/** Everything a node is given. No field is optional: a forgotten one must not compile. */
export interface NodeCoreOptions {
  readonly primitives: Primitives;
  readonly random: Random;
  readonly clock: Clock;
  /** `setImmediate`, or the virtual clock's next step. */
  readonly defer: Defer;
  /** null: a live node, which keeps nothing. */
  readonly store: RelayStore | null;
  readonly identity: NodeIdentity;
  /** ws:// or wss://, at least one: where clients reach this node. */
  readonly urls: readonly string[];
  /** Pre-shared key of a private room, 32 B; null: open to everybody. */
  readonly psk: Uint8Array | null;
  /** What differs from DEFAULT_LIMITS. */
  readonly limits: Partial<Limits>;
  readonly log: Log;
  readonly metrics: NodeMetrics;
  /** Told who joins and leaves a private room. */
  readonly onGuest: GuestListener;
  /** How it takes part in a ring. ringOfOne(): alone. */
  readonly ring: RingOptions;
  /** The way to the other edges of this node. localWake: there are none. */
  readonly wake: Wake;
  /** Times the stages of some messages; null: of none. */
  readonly stages: StageTimes | null;
}

/**
 * A node without the world around it: sockets, time, randomness and the store are given in, so the simulator runs
 * the very same one. Rules: docs/protocol/node.md.
 */
export class NodeCore {
  /** Who is here, on live nodes and in private rooms; else null. */
  readonly guests: Guests | null;
  /** Speaks for the operator, on live nodes and in private rooms; else null. */
  readonly announcer: Announcer | null;
  /** The network this node is part of. */
  readonly ring: RingRuntime;
  /** What it keeps together with others; null: a live node. */
  readonly keep: RingKeep | null;
  /** What the HTTP interface works with. */
  readonly api: ApiParts;
  readonly #shared: SharedParts;
  readonly #mode: NodeMode;
  readonly #access: AccessCache;
  readonly #acceptor: LinkAcceptor;
  readonly #attacher: Attacher;
  readonly #dispatcher: Dispatcher;
  readonly #tunnels: TunnelDesk;
  readonly #links = new Set<Link>();
  readonly #idleWatch: IdleWatch;
  /** null: this is the only edge. */
  readonly #edge: EdgeDesk | null;
  readonly #host: LinkHost;
  #cancelExpire: () => void;
  #draining = false;

  constructor(options: NodeCoreOptions) {
    const { primitives, random, clock, store, identity, psk, metrics, urls } = options;
    const log = new CalmLog(options.log, clock);
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const turn = new Turn(options.defer);
    const spread = (baseMs: number): number => Math.round(baseMs * (1 + fraction(random)));
    const wake = options.wake.alone ? null : options.wake;
    const stages = options.stages ?? new StageTimes({ every: 0, random, nowMs: () => 0, metrics });
    const shared: SharedParts = { primitives, clock, turn, limits, log, metrics, identity, spread, wake, stages };
    const capabilities = [store === null ? 'live' : 'store', ...(psk === null ? [] : ['psk'])];
    const ring = new RingRuntime({
      ...shared,
      random,
      psk,
      urls,
      capabilities,
      ring: options.ring,
      openLink: (socket, channel, setUp) => {
        const link = new Link(this.#host, socket, channel, null, { serial: 0, remote: '' });
        this.#opened(link, true);
        setUp(link);
      },
      onShared: (link, frame) => this.keep?.shared(link, frame) === true,
    });
    // An address that no client would accept shows now, not when the first one comes.
    ring.own.at(clock.now());
    const mode = store === null ? liveMode(shared) : storedMode(shared, store);
    const homes = new HomeFinder({ primitives, ring });
    const source =
      store === null
        ? mode.keyStore
        : new RingAccess({
            clock,
            store,
            homes,
            accounts: new AccountDesk({ ...shared, ring, store }),
            onStale: (mailbox) => access.invalidate(mailbox),
          });
    const access: AccessCache = new AccessCache(source, limits.accessCacheEntries);
    const keys = new SigningKeys(primitives);
    const hasGuests = store === null || psk !== null;
    const guests = hasGuests ? new Guests(primitives, psk !== null, options.onGuest) : null;
    const parts = { ...shared, ...mode, access, guests, isRoom: psk !== null, store: mode.keyStore };
    const attacher = new Attacher({
      ...parts,
      keyCounts: (mailbox, device) => mode.keyStore.keyCounts(mailbox, device),
      listener: guests,
    });
    const { stored } = mode;
    const keep = stored === null ? null : new RingKeep({ ...parts, ...stored, ring, homes, attacher, keys });
    const destination = keep?.coordinator ?? mode.destination;
    const tunnels = new TunnelDesk({ ...shared, ring, dialer: options.ring.dialer });
    const desk = new BundleDesk(parts);
    const passLive = (frame: SendFrame): boolean => keep?.passLive(frame) === true;
    const dispatcher = new Dispatcher({
      ...parts,
      ring,
      tunnels,
      relay: new Relay({ ...parts, destination, passLive }),
      tracedRelay: new Relay({ ...parts, destination: stages.watch(destination), passLive }),
      attacher,
      acks: keep?.acks ?? null,
      directory: new KeyDirectory({ ...parts, store: tellingChanges(mode.keyStore, wake), attacher, keys }),
      desk,
    });

    this.#edge = wake === null ? null : new EdgeDesk({ ...parts, ...mode, wake, attacher, desk });
    this.ring = ring;
    this.guests = guests;
    this.announcer = guests === null ? null : new Announcer(shared, guests);
    this.#shared = shared;
    this.#mode = mode;
    this.keep = keep;
    this.#access = access;
    this.#attacher = attacher;
    this.#dispatcher = dispatcher;
    this.#tunnels = tunnels;
    this.#idleWatch = new IdleWatch(shared, this.#links);
    this.#host = {
      ...shared,
      writer: new PacketWriter(),
      onFrame: (link, frame) => dispatcher.handle(link, frame),
      onClosed: (link) => this.#closed(link),
    };
    this.#acceptor = new LinkAcceptor({
      ...shared,
      random,
      descriptor: ring.own,
      psk,
      onLink: (socket, channel, owner, at, peer) => {
        const link = new Link(this.#host, socket, channel, owner, at);
        this.#opened(link, peer !== null);
        if (peer !== null) ring.accepted(link, peer);
      },
    });
    this.api = apiPartsOf({
      ...parts,
      stored,
      urls,
      keys,
      attacher,
      dispatcher,
      acceptor: this.#acceptor,
      descriptor: ring.own,
      startedMs: clock.now(),
    });
    this.#cancelExpire = clock.after(limits.expireEveryMs, this.#expire);
  }

  /**
   * Takes over a new WebSocket and sets its handlers.
   * @param subprotocol the one both sides agreed on; anything else than a suite spoken here closes the socket
   * @param remote opaque key of the other side's address, for limits; never logged
   */
  accept(socket: LinkSocket, subprotocol: string, remote: string): void {
    if (this.#draining) {
      socket.onMessage = () => {};
      socket.onClose = () => {};
      socket.close(CLOSE.goingAway.code, CLOSE.goingAway.text);
    } else {
      this.#acceptor.accept(socket, subprotocol, remote);
    }
  }

  /**
   * Takes nothing new, tells everybody when to come back, finishes what is on its way to the disk, answers it, and
   * closes all links. The store stays open: it belongs to the caller.
   */
  async drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    this.#cancelExpire();
    const { turn } = this.#shared;
    for (const link of this.#links) link.send(0, { case: 'closing', value: { retryMs: this.#comeBackMs() } });
    this.#dispatcher.draining = true;
    this.ring.drain();
    this.#acceptor.closeHalfOpen(CLOSE.goingAway);
    this.keep?.stop();
    await this.#mode.idle();
    await this.keep?.idle();
    // Receipts of the last commit leave with the turn after it.
    await new Promise<void>((resolve) => turn.runBatch(resolve));
    this.ring.stop();
    for (const link of this.#links) link.close(CLOSE.goingAway);
    this.#idleWatch.stop();
    this.#edge?.stop();
  }

  /**
   * When a client shall come back: to this node when it is here again, or to another edge, which is there already but
   * cannot take everybody at once.
   */
  #comeBackMs(): number {
    const { limits, spread } = this.#shared;
    if (this.#edge === null) return spread(limits.closingRetryMs);
    const spreadMs = Math.max(limits.closingSpreadMs, this.#links.size * MS_PER_RETURN);
    return 1 + spread(spreadMs) - spreadMs;
  }

  /** The process died: no frame, no close. For simulations; the store is left as it is. */
  abandon(): void {
    this.#draining = true;
    this.#cancelExpire();
    this.#idleWatch.stop();
    this.#edge?.stop();
    this.keep?.stop();
    this.ring.stop(false);
    for (const link of this.#links) link.abandon();
    this.#links.clear();
  }

  #opened(link: Link, isPeer: boolean): void {
    const { metrics } = this.#shared;
    this.#links.add(link);
    metrics.linksOpen += 1;
    if (link.owner !== null) metrics.linksCertified += 1;
    else if (!isPeer) metrics.linksAnonymous += 1;
    if (link.owner !== null) this.#mode.opened(link.owner.account);
    this.#idleWatch.wake();
  }

  #closed(link: Link): void {
    if (!this.#links.delete(link)) return;
    this.#shared.metrics.linksOpen -= 1;
    if (link.peer !== null) return this.ring.links.closed(link.peer);
    this.#tunnels.closed(link);
    this.#attacher.detach(link);
    if (link.owner === null) return;
    const { account } = link.owner;
    if (this.#mode.closed(account)) this.#access.invalidate(account);
  }

  readonly #expire = (): void => {
    const { clock, limits, log, metrics } = this.#shared;
    this.#mode.expire(Math.floor(clock.now() / 1000)).then(
      (count) => {
        metrics.expired += count;
      },
      (error: unknown) => log.error('expire-failed', describeError(error)),
    );
    this.#cancelExpire = clock.after(limits.expireEveryMs, this.#expire);
  };
}

/** What a handshake and an attachment cost an edge, several times over. */
const MS_PER_RETURN = 2;

/** 0 up to 1. */
function fraction(random: Random): number {
  const bytes = random(2);
  return (bytes[0]! * 256 + bytes[1]!) / 65_536;
}
