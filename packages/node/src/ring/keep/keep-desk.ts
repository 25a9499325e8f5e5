import type { Primitives } from '@sotto/protocol/crypto';
import type { Clock } from '@sotto/protocol/link';
import { buildReceipts, envelopeId } from '@sotto/protocol/mailbox';
import { create, type Keep, KeepAs, type KeepItem, KeptSchema, MAX_DEVICE, RefusalCode } from '@sotto/protocol/wire';
import type { Deliveries } from '../../delivery/deliveries.ts';
import type { Turn } from '../../links/turn.ts';
import type { Limits } from '../../limits.ts';
import { describeError, type Log } from '../../log.ts';
import type { NodeIdentity } from '../../node-identity.ts';
import type { NodeMetrics } from '../../node-metrics.ts';
import type { AccessCache } from '../../relay/access-cache.ts';
import type { Access, StoreItem, StoreOutcome } from '../../store/relay-store.ts';
import { RelayStoreError } from '../../store/relay-store.ts';
import { deviceKey } from '../../text-key.ts';
import type { PeerReply } from '../peer-handlers.ts';
import type { RingRuntime } from '../ring-runtime.ts';
import type { HomeFinder } from './home-finder.ts';
import type { Incoming } from './incoming.ts';

export interface KeepDeskParts {
  readonly primitives: Primitives;
  readonly clock: Clock;
  readonly turn: Turn;
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: NodeMetrics;
  readonly identity: NodeIdentity;
  readonly ring: RingRuntime;
  readonly homes: HomeFinder;
  readonly incoming: Incoming;
  readonly access: AccessCache;
  readonly deliveries: Deliveries;
  readonly spread: (baseMs: number) => number;
  /** Something of this mailbox may be kept here for other nodes now. */
  readonly onKept: (mailbox: Uint8Array) => void;
}

/** One Keep of another node: item by item what is to be stored, or why not. */
interface Asked {
  readonly reply: PeerReply;
  readonly items: (StoreItem | RefusalCode)[];
}

const BUSY_MS = 100;
const FAILED_MS = 1000;

/** Keeps envelopes for other nodes, as a home or standing in for one, and answers with receipts (RING-20, RING-22). */
export class KeepDesk {
  readonly #parts: KeepDeskParts;
  readonly #bodySizes: ReadonlySet<number>;
  #gathering: Asked[] = [];
  #pending = 0;
  #planned = false;
  #onIdle: (() => void)[] = [];

  constructor(parts: KeepDeskParts) {
    this.#parts = parts;
    this.#bodySizes = new Set(parts.limits.bodySizes);
    parts.ring.serve('keep', (_from, keep, reply) => this.answer(keep, reply));
  }

  answer(keep: Keep, reply: PeerReply): void {
    if (keep.as === KeepAs.LIVE) this.#passLive(keep);
    else if (reply.wanted) this.#take(keep, reply);
  }

  /** Resolves when nothing waits for the disk. */
  idle(): Promise<void> {
    if (this.#pending === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  #take({ items, as }: Keep, reply: PeerReply): void {
    const { limits, spread } = this.#parts;
    if (this.#pending + items.length > limits.pendingSends) return reply.refuse(RefusalCode.BUSY, spread(BUSY_MS));
    this.#pending += items.length;
    const asked: Asked = { reply, items: [] };
    let left = items.length;
    for (const [index, item] of items.entries()) {
      this.#check(item, as, (checked) => {
        asked.items[index] = checked;
        left -= 1;
        if (left === 0) this.#gather(asked);
      });
    }
  }

  /** @param end called once, now or later */
  #check(item: KeepItem, as: KeepAs, end: (checked: StoreItem | RefusalCode) => void): void {
    const { clock, limits, homes, primitives, access } = this.#parts;
    const { mailbox, device, body, tokenHash, stranger } = item;
    const expires = Number(item.expires);
    const nowSeconds = clock.now() / 1000;
    const inTime = expires > nowSeconds && expires <= nowSeconds + limits.maxExpirySeconds;
    if (!inTime || !this.#bodySizes.has(body.length) || device > MAX_DEVICE) return end(RefusalCode.BAD_ENVELOPE);
    const { isHome, isStandIn } = homes.of(mailbox);
    if (!isHome && (as === KeepAs.HOME || !isStandIn)) return end(RefusalCode.NOT_HOME);
    const id = envelopeId(primitives, { mailbox, device, expires, body });
    const lane = stranger ? 'stranger' : 'contact';
    const checked: StoreItem = { id, mailbox, device, expires, lane, body, tokenHash: null };
    // Who stands in knows neither the account nor its tokens: the homes ask when they get it.
    if (!isHome) return end(checked);
    access.with(
      mailbox,
      (known) => end(homeCheck(known, checked, as === KeepAs.HOME ? tokenHash : null)),
      () => end(RefusalCode.BUSY),
    );
  }

  #gather(asked: Asked): void {
    this.#gathering.push(asked);
    if (this.#planned) return;
    this.#planned = true;
    this.#parts.turn.runBatch(this.#commit);
  }

  readonly #commit = (): void => {
    this.#planned = false;
    const gathered = this.#gathering;
    this.#gathering = [];
    const items = gathered.flatMap((asked) => asked.items.filter((item) => typeof item !== 'number'));
    this.#parts.incoming.store(items).then(
      (outcomes) => {
        this.#answer(gathered, items, outcomes);
        for (const { mailbox } of items) this.#parts.onKept(mailbox);
      },
      (error: unknown) => this.#failed(gathered, error),
    );
  };

  #failed(gathered: readonly Asked[], error: unknown): void {
    const { log, spread } = this.#parts;
    log.error('commit-failed', { ...describeError(error), sends: gathered.length });
    const full = error instanceof RelayStoreError && error.code === 'disk-full';
    const retryMs = spread(full ? 30 * FAILED_MS : FAILED_MS);
    for (const { reply, items } of gathered) {
      this.#pending -= items.length;
      reply.refuse(full ? RefusalCode.DISK_FULL : RefusalCode.BUSY, retryMs);
    }
    this.#ended();
  }

  /** One signature for the commit, the same in the answer to each Keep. */
  #answer(gathered: readonly Asked[], items: readonly StoreItem[], outcomes: readonly StoreOutcome[]): void {
    const { primitives, identity, clock, ring, spread } = this.#parts;
    const kept = items.filter((_, index) => refusalOf(outcomes[index]!) === null);
    const at = clock.now();
    const ids = kept.map(({ id }) => id);
    const receipts = ids.length === 0 ? null : buildReceipts(primitives, identity.nodeSeed, identity.network, at, ids);
    let [leaf, next] = [0, 0];
    for (const { reply, items: asked } of gathered) {
      const answers = asked.map((item) => {
        const refusal = typeof item === 'number' ? item : refusalOf(outcomes[next++]!);
        if (refusal === null) return { leaf, path: receipts!.path(leaf++) };
        return { refusal, retryMs: refusal === RefusalCode.BUSY ? spread(FAILED_MS) : 0 };
      });
      this.#pending -= asked.length;
      const { signature, leaves } = receipts ?? { signature: new Uint8Array(0), leaves: 0 };
      const head = { at: BigInt(at), leaves, signature, boot: ring.boot };
      reply.answer({ case: 'kept', value: create(KeptSchema, { ...head, items: answers }) });
    }
    this.#ended();
  }

  #ended(): void {
    if (this.#pending > 0) return;
    const idle = this.#onIdle;
    this.#onIdle = [];
    for (const resolve of idle) resolve();
  }

  /** To the device if it is attached here; no answer, and nothing is kept (RING-26). */
  #passLive({ items }: Keep): void {
    const { homes, deliveries, metrics } = this.#parts;
    for (const { mailbox, device, expires, body } of items) {
      const link = homes.of(mailbox).isHome ? deliveries.get(deviceKey(mailbox, device))?.link : undefined;
      if (link === undefined || link.slow) continue;
      link.send(0, { case: 'deliver', value: { expires: Number(expires), body, live: true } });
      metrics.liveRelayed += 1;
    }
  }
}

function homeCheck(known: Access | null, item: StoreItem, tokenHash: Uint8Array | null): StoreItem | RefusalCode {
  if (known === null) return RefusalCode.NO_MAILBOX;
  if (!known.devices.includes(item.device)) return RefusalCode.NO_DEVICE;
  return tokenHash === null || tokenHash.length === 0 ? item : { ...item, tokenHash };
}

function refusalOf(outcome: StoreOutcome): RefusalCode | null {
  if (outcome === 'quota') return RefusalCode.QUOTA;
  return outcome === 'token-used' ? RefusalCode.TOKEN_USED : null;
}
