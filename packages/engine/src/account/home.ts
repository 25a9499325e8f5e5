/** This device's own node: attached for as long as the engine runs, with keys and access published there. */
import { sameBytes } from '@sotto/protocol/crypto';
import { capabilityHash, requestTokenHash, verifyAnnouncement } from '@sotto/protocol/mailbox';
import { AttachSchema, create, SetAccessSchema } from '@sotto/protocol/wire';
import type { Announcement, DeliverFrame, FrameBody, KeyCounts, Presence } from '@sotto/protocol/wire';
import { backoffMs } from '../backoff.ts';
import { ConnectionError, discoverNode, HomeConnection } from '../connection/index.ts';
import type { ConnectionState } from '../connection/index.ts';
import type { Connection } from '../api.ts';
import { asEngineError } from '../engine-errors.ts';
import type { Database } from '../store/database.ts';
import { toHex } from '../store/hex.ts';
import type { OwnIdentity } from './identity-store.ts';
import type { OwnPrekeys } from './own-prekeys.ts';
import type { Platform } from '../ports.ts';
import type { Profile, ProfileRecord } from './profile.ts';
import type { AskNode } from '../ring/fetch-view.ts';
import type { Route } from '../contacts/route.ts';
import type { Timers } from '../timers.ts';
import { say } from '../sentences/say.ts';
import type { Spoken } from '../sentences/say.ts';

const MAX_BACKOFF_MS = 60_000;
const PUBLISH_AGAIN_MS = 5000;
const MAX_URLS = 4;
const BACKLOG_PAUSE_MS = 5000;
/** Which access this device published last, or knows to be published. */
const ACCESS = 'access-published';
/** Nodes that show names: live ones, private rooms. */
const SHOW_GUESTS = ['live', 'psk'];

export interface HomeParts {
  readonly platform: Platform;
  readonly timers: Timers;
  readonly database: Database;
  readonly own: OwnIdentity;
  readonly profile: Profile;
  readonly prekeys: OwnPrekeys;
  /** Before the first connection of a device that its account does not list yet. Rejects with ConnectionError. */
  readonly onJoin: (route: Route) => Promise<void>;
  readonly onDeliver: (deliver: DeliverFrame) => void;
  /** Attached: what was not acknowledged comes again. */
  readonly onAttached: () => void;
  /** Attached, and about to publish. @param counts what the node says it holds */
  readonly beforePublishing: (counts: KeyCounts | null) => Promise<void>;
  /** Others can write to us now. */
  readonly onPublished: () => void;
  /** The node has this revision of the account's device list. */
  readonly onDeviceList: (revision: number) => void;
  /** The node does not let this device in. */
  readonly onNotAllowed: () => void;
  readonly onPresence: (presence: Presence) => void;
  /** Its signature was checked. */
  readonly onAnnouncement: (announcement: Announcement) => void;
  readonly onChange: () => void;
  readonly onNotice: (code: string, words: Spoken) => void;
  readonly onFault: (error: unknown) => void;
}

export class Home {
  readonly #parts: HomeParts;
  #link: HomeConnection | null = null;
  #state: ConnectionState = { state: 'connecting', error: null, retryAt: null };
  #counts: KeyCounts | null = null;
  #publishing: Promise<void> | null = null;
  #publishAgain = false;
  /** Envelopes that waited at the node and are not taken in yet. */
  #backlog = 0;
  #cancelBacklog: () => void = () => undefined;
  readonly #underWay = new Set<object>();
  #showsGuests = false;
  #isRoom = false;
  #holdsNothing = false;
  #gaveUp = false;
  #closed = false;

  constructor(parts: HomeParts) {
    this.#parts = parts;
  }

  start(): void {
    const { home } = this.#parts.profile.current;
    if (home === null) this.#run(this.#discover(1));
    else {
      this.#parts.prekeys.adopt(toHex(home.node));
      this.#run(this.#join(home, 1));
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#link?.stop();
  }

  get isOnline(): boolean {
    return this.#state.state === 'online';
  }

  /** The node is a private room: who has its key is seen by the others, and may speak to all. */
  get isRoom(): boolean {
    return this.#isRoom;
  }

  /** null: not told yet. */
  get keyCounts(): KeyCounts | null {
    return this.#counts;
  }

  describe(waiting: number): Connection {
    const { url, home } = this.#parts.profile.current;
    const { state, error } = this.#state;
    const offline = state === 'stopped' || (state === 'connecting' && error !== null);
    return {
      state: offline ? 'offline' : state === 'online' && this.#isSettled ? 'online' : 'connecting',
      node: url,
      nodeId: home === null ? '' : toHex(home.node),
      waiting,
      ...(this.#isRoom ? { room: true as const } : {}),
      ...(offline && error !== null
        ? { problem: error.message, said: error.spoken.said, code: asEngineError(error).code }
        : {}),
    };
  }

  /** Node id of the home that this device is attached to, in hex; null: none now. */
  get attached(): string | null {
    const attached = this.#link?.attached ?? null;
    return attached === null ? null : toHex(attached.node);
  }

  /** The link to the home that this device is attached to, for questions about its network; null: none, or another. */
  linkIn(network: Uint8Array): { node: Uint8Array; ask: AskNode } | null {
    const attached = this.#link?.attached ?? null;
    if (attached === null || !sameBytes(attached.network, network)) return null;
    return { node: attached.node, ask: (body, options) => this.request(body, options) };
  }

  /** @throws ConnectionError */
  request(body: FrameBody, options: { timeoutMs?: number } = {}): Promise<FrameBody> {
    if (this.#link === null)
      return Promise.reject(new ConnectionError('offline', 'There is no connection to the node.'));
    return this.#link.request(body, options);
  }

  acknowledge(ids: readonly Uint8Array[]): void {
    this.#link?.acknowledge(ids);
  }

  /** So many envelopes were taken in. */
  taken(count: number): void {
    if (this.#backlog > 0) this.#setBacklog(this.#backlog - count);
  }

  /** Work without which a device is not quite there: publishing its keys, asking who wrote. Bounded as the backlog is. */
  during(work: Promise<unknown>): void {
    const mark = {};
    const end = (): void => {
      cancel();
      if (this.#underWay.delete(mark) && this.#isSettled) this.#parts.onChange();
    };
    const cancel = this.#parts.timers.after(BACKLOG_PAUSE_MS, end);
    this.#underWay.add(mark);
    work.then(end, end);
  }

  get #isSettled(): boolean {
    return this.#backlog === 0 && this.#underWay.size === 0;
  }

  /** Name or listing changed: the node learns them when this device attaches. */
  attachAgain(): void {
    if (!this.isOnline || !this.#showsGuests) return;
    const body: FrameBody = { case: 'attach', value: create(AttachSchema, this.#introduction()) };
    this.#run(this.request(body).then(() => undefined));
  }

  /** Only nodes that show who is there have a use for it; the others learn no name (TM-4, TM-8). */
  #introduction(): { name: string; listed: boolean } {
    const { name, listed } = this.#parts.profile.current;
    return this.#showsGuests ? { name, listed } : { name: '', listed: false };
  }

  /** This device does not belong to the account any more: there is nothing to connect for. */
  giveUp(problem: Spoken): void {
    this.#closed = true;
    this.#state = { state: 'stopped', error: new ConnectionError('not-allowed', problem), retryAt: null };
    this.#gaveUp = true;
    void this.#link?.stop();
    this.#parts.onChange();
  }

  /** Tries at once instead of waiting. */
  reconnectNow(): void {
    this.#link?.reconnectNow();
  }

  /** Nothing is on its way to the node of what others need to write to us. */
  get hasPublished(): boolean {
    return this.#publishing === null;
  }

  /** Keys or access changed, or are due for renewal. */
  publish(): void {
    if (!this.isOnline || this.#closed) return;
    if (this.#publishing !== null) {
      this.#publishAgain = true;
      return;
    }
    this.#publishing = this.#publishNow().finally(() => {
      this.#publishing = null;
      if (!this.#publishAgain) return;
      this.#publishAgain = false;
      this.publish();
    });
    this.#run(this.#publishing);
  }

  /** The first time: learns which node and network the given address leads to, and pins them. */
  async #discover(failures: number): Promise<void> {
    const { platform, profile, database } = this.#parts;
    const { url, psk } = profile.current;
    try {
      const found = await discoverNode({ platform, url, pinnedNode: null });
      if (this.#closed) return;
      const urls = [...new Set([url, ...found.urls])].slice(0, MAX_URLS);
      const home = { network: found.network.slice(), node: found.node.slice(), urls, psk };
      database.transaction(() => profile.update({ home }));
      await this.#join(home, 1);
    } catch (error) {
      this.#tryLater(error, failures, () => this.#discover(failures + 1));
    }
  }

  /** An account that was taken up again on this device: first its list gets this device. */
  async #join(route: Route, failures: number): Promise<void> {
    const { own, onJoin } = this.#parts;
    try {
      if (own.joining !== null) await onJoin(route);
      if (!this.#closed) this.#connect(route);
    } catch (error) {
      this.#tryLater(error, failures, () => this.#join(route, failures + 1));
    }
  }

  #tryLater(error: unknown, failures: number, again: () => Promise<void>): void {
    if (this.#closed) return;
    const { platform, timers } = this.#parts;
    const known = error instanceof ConnectionError ? error : null;
    const wait = Math.max(known?.retryMs ?? 0, backoffMs(platform.random, failures, MAX_BACKOFF_MS));
    timers.after(wait, () => this.#run(again()));
    if (known === null) throw error;
    this.#setState({ state: 'connecting', error: known, retryAt: timers.now() + wait });
  }

  #connect(route: Route): void {
    const { platform, own, onDeliver, onPresence, onAttached } = this.#parts;
    this.#link = new HomeConnection({
      platform,
      routes: () => [route],
      cipher: null,
      identity: { linkSecret: own.device.linkSecret, certificate: own.device.certificate },
      attach: (capabilities) => {
        this.#isRoom = capabilities.includes('psk');
        this.#showsGuests = SHOW_GUESTS.some((capability) => capabilities.includes(capability));
        return this.#introduction();
      },
      events: {
        onState: (state) => this.#setState(state),
        onAttached: (attached) => {
          this.#setCounts(attached.keys ?? null);
          onAttached();
          // First whether our keys are still ours, then what others shall use.
          const ready = this.#parts.beforePublishing(this.#counts).then(() => this.publish());
          this.#run(ready);
          this.during(ready.then(() => this.#publishing));
          this.#setBacklog(attached.waiting);
        },
        onDeliver,
        onKeyCounts: (counts) => {
          this.#setCounts(counts);
          this.publish();
        },
        onPresence,
        onAnnouncement: (announcement) => this.#hear(route, announcement),
      },
    });
    this.#link.start();
  }

  #setCounts(counts: KeyCounts | null): void {
    this.#counts = counts;
    if (counts !== null) this.#parts.onDeviceList(Number(counts.deviceListRevision));
  }

  /** While something comes the connection counts as under way; a node that stops sending does not stop us. */
  #setBacklog(count: number): void {
    this.#backlog = Math.max(0, count);
    this.#cancelBacklog();
    if (this.#backlog > 0) {
      this.#cancelBacklog = this.#parts.timers.after(BACKLOG_PAUSE_MS, () => this.#setBacklog(0));
    } else {
      this.#parts.onChange();
    }
  }

  #setState(state: ConnectionState): void {
    if (this.#gaveUp) return;
    const before = this.#state;
    this.#state = state;
    // How much waits there is told next.
    if (state.state === 'online' && before.state !== 'online') this.#backlog = 1;
    if (state.state === 'stopped' && state.error?.code === 'not-allowed') this.#parts.onNotAllowed();
    if (state.error?.code === 'wrong-node' && before.error?.code !== 'wrong-node') {
      this.#parts.onNotice('node-changed', state.error.spoken);
    }
    this.#parts.onChange();
  }

  async #publishNow(): Promise<void> {
    const { prekeys, timers, onPublished } = this.#parts;
    this.#holdsNothing = this.#counts?.deviceListRevision === 0n;
    try {
      const at = this.attached ?? '';
      const upload = prekeys.uploadFor(at, this.#counts ?? { oneTime: 0, oneTimeKyber: 0, deviceListRevision: 0n });
      if (upload !== null) {
        const answer = await this.request({ case: 'publishKeys', value: upload });
        if (this.#closed) return;
        prekeys.published(at, upload);
        if (answer.case === 'keyCounts') this.#setCounts(answer.value);
      }
      await this.#publishAccess();
      if (!this.#closed) onPublished();
    } catch (error) {
      if (this.#closed) return;
      if (error instanceof ConnectionError && error.code === 'refused' && error.retryMs === 0) {
        this.#parts.onNotice('keys-refused', say('notice-keys-refused'));
        return;
      }
      const retryMs = error instanceof ConnectionError ? error.retryMs : 0;
      timers.after(Math.max(retryMs, PUBLISH_AGAIN_MS), () => this.publish());
      if (!(error instanceof ConnectionError)) throw error;
    }
  }

  /**
   * Who may write here as a contact. It is the account's, not this device's: it is set by the device that changed it,
   * never by one that has just come back and does not know yet what the others changed (DEV-13).
   */
  async #publishAccess(): Promise<void> {
    const { profile, platform, database } = this.#parts;
    const { primitives } = platform;
    const { capability, previousCapability, previousUntil, requestToken } = profile.current;
    const mark = accessMark(profile.current);
    const isNews = this.#holdsNothing || (database.getMeta(ACCESS) as { mark: string } | null)?.mark !== mark;
    const none = new Uint8Array(0);
    const access = create(SetAccessSchema, {
      ...(isNews
        ? {
            capabilityHash: capabilityHash(primitives, capability),
            previousHash: previousCapability === null ? none : capabilityHash(primitives, previousCapability),
            previousUntil: BigInt(previousUntil),
          }
        : {}),
      requestTokenHashes: [requestTokenHash(primitives, requestToken)],
    });
    await this.request({ case: 'setAccess', value: access });
    if (isNews) database.transaction(() => database.setMeta(ACCESS, { mark }));
  }

  #hear(route: Route, announcement: Announcement): void {
    const { platform, own, onAnnouncement } = this.#parts;
    const { text, personal, signature } = announcement;
    const sentAt = Number(announcement.sentAt);
    const account = personal ? own.account.publicKey : null;
    const said = { network: route.network, sentAt, account, text };
    if (verifyAnnouncement(platform.primitives, route.node, said, signature)) onAnnouncement(announcement);
  }

  #run(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.#closed) this.#parts.onFault(error);
    });
  }
}

const accessMark = ({ capability, previousCapability, previousUntil }: ProfileRecord): string =>
  [toHex(capability), previousCapability === null ? '' : toHex(previousCapability), previousUntil].join('/');

/** A device that joins takes over what another has published. Inside a transaction. */
export function noteAccessPublished(database: Database, record: ProfileRecord): void {
  database.setMeta(ACCESS, { mark: accessMark(record) });
}
