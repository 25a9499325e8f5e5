/** This device's own nodes: attached to one of its homes for as long as the engine runs, with keys and access at all. */
import { sameBytes } from '@sotto/protocol/crypto';
import { verifyAnnouncement } from '@sotto/protocol/mailbox';
import { AttachSchema, create } from '@sotto/protocol/wire';
import type { Announcement, Attached, DeliverFrame, FrameBody, KeyCounts, Presence } from '@sotto/protocol/wire';
import { ConnectionError, HomeConnection, isNotHome } from '../connection/index.ts';
import type { AcknowledgeSink, ConnectionState } from '../connection/index.ts';
import type { Connection } from '../api.ts';
import type { Database } from '../store/database.ts';
import { toHex } from '../store/hex.ts';
import { AckSpreader } from './ack-spreader.ts';
import { describeConnection } from './describe-connection.ts';
import { HomeEntry } from './home-entry.ts';
import { HomeVisits } from './home-visits.ts';
import type { OwnIdentity } from './identity-store.ts';
import { OwnHomes } from './own-homes.ts';
import type { OwnPrekeys } from './own-prekeys.ts';
import type { Platform } from '../ports.ts';
import type { Profile } from './profile.ts';
import { introduceAnew } from './introduce-anew.ts';
import { PublishLoop } from './publish-loop.ts';
import { Publishing } from './publishing.ts';
import type { AskHome } from './publishing.ts';
import type { AskNode } from '../ring/fetch-view.ts';
import type { RingViews } from '../ring/ring-views.ts';
import type { Route } from '../contacts/route.ts';
import { Settling } from './settling.ts';
import type { Timers } from '../timers.ts';
import { say } from '../sentences/say.ts';
import type { Spoken } from '../sentences/say.ts';

const INTRODUCE_AGAIN_MS = 60_000;
/** Nodes that show names: live ones, private rooms. */
const SHOW_GUESTS = ['live', 'psk'];

export interface HomeParts {
  readonly platform: Platform;
  readonly timers: Timers;
  readonly database: Database;
  readonly own: OwnIdentity;
  readonly profile: Profile;
  readonly prekeys: OwnPrekeys;
  readonly views: RingViews;
  /** Before the first connection of a device that its account does not list yet. Rejects with ConnectionError. */
  readonly onJoin: (route: Route) => Promise<void>;
  readonly onDeliver: (deliver: DeliverFrame, from: AcknowledgeSink) => void;
  /** Attached: what was not acknowledged comes again. */
  readonly onAttached: (link: AcknowledgeSink) => void;
  /** Attached, and about to publish. @param counts what the home says it holds */
  readonly beforePublishing: (home: string, counts: KeyCounts | null) => Promise<void>;
  /** The same at another home, over a link that does not last. Rejects with ConnectionError. */
  readonly beforeVisit: (home: string, counts: KeyCounts | null, ask: AskHome) => Promise<void>;
  /** Others can write to us now. */
  readonly onPublished: () => void;
  /** A home has this revision of the account's device list. */
  readonly onDeviceList: (revision: number) => void;
  /** A home does not let this device in. */
  readonly onNotAllowed: () => void;
  readonly onPresence: (presence: Presence) => void;
  /** Its signature was checked. */
  readonly onAnnouncement: (announcement: Announcement) => void;
  readonly onChange: () => void;
  readonly onNotice: (code: string, words: Spoken) => void;
  readonly onFault: (error: unknown) => void;
}

/** What was taken in, and is not to come again. */
interface Taken {
  readonly id: Uint8Array;
  /** Seconds since 1970. */
  readonly expires: number;
  readonly from?: AcknowledgeSink;
}

export class Home {
  readonly #parts: HomeParts;
  readonly #homes: OwnHomes;
  readonly #entry: HomeEntry;
  readonly #publishing: Publishing;
  readonly #loop: PublishLoop;
  readonly #visits: HomeVisits;
  readonly #spreader: AckSpreader;
  readonly #settling: Settling;
  #link: HomeConnection | null = null;
  #state: ConnectionState = { state: 'connecting', error: null, retryAt: null };
  #counts: KeyCounts | null = null;
  #introducedMs = Number.NEGATIVE_INFINITY;
  #showsGuests = false;
  #isRoom = false;
  #gaveUp = false;
  #closed = false;

  constructor(parts: HomeParts) {
    this.#parts = parts;
    const { timers, own, platform, views, onFault, onChange } = parts;
    const { onJoin, profile, database } = parts;
    this.#settling = new Settling(timers, onChange);
    this.#publishing = new Publishing(parts);
    this.#loop = new PublishLoop({
      timers,
      isReady: () => this.isOnline && !this.#closed,
      publish: () => this.#publishNow(),
      onNotHome: () => this.#run(this.#homes.renew()),
      onRefused: () => parts.onNotice('keys-refused', say('notice-keys-refused')),
      onFault,
    });
    this.#homes = new OwnHomes({
      platform,
      timers,
      database,
      views,
      account: own.account.publicKey,
      onChange: () => this.#homesChanged(),
      onBootstrapGone: (home) => database.transaction(() => profile.update({ home })),
      onFault,
    });
    this.#entry = new HomeEntry({
      platform,
      timers,
      database,
      own,
      profile,
      homes: this.#homes,
      onJoin,
      onEntered: () => this.#connect(),
      onFailure: (error, retryAt) => this.#setState({ state: 'connecting', error, retryAt }),
      onFault,
    });
    this.#visits = new HomeVisits({
      platform,
      timers,
      own,
      publishing: this.#publishing,
      isTakingIn: () => !this.#settling.isOver || !this.#spreader.isIdle,
      onDeliver: parts.onDeliver,
      beforePublishing: parts.beforeVisit,
      onDeviceList: parts.onDeviceList,
      onNotHome: () => this.#run(this.#homes.renew()),
      onNotAllowed: parts.onNotAllowed,
      onFault,
    });
    this.#spreader = new AckSpreader({
      primitives: platform.primitives,
      timers,
      own,
      ask: (body) => this.request(body),
      network: () => (this.#homes.routes.length > 1 ? (this.#link?.attached?.network ?? null) : null),
      onFault,
    });
  }

  start(): void {
    const { profile, prekeys } = this.#parts;
    const { home } = profile.current;
    if (home !== null) prekeys.adopt(toHex(home.node));
    this.#entry.begin();
  }

  async close(): Promise<void> {
    this.#spreader.flush();
    this.#closed = true;
    this.#entry.close();
    this.#homes.close();
    await Promise.all([this.#visits.close(), this.#link?.stop()]);
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

  /** Node id of the home that this device is attached to, in hex; null: none now. */
  get attached(): string | null {
    const attached = this.#link?.attached ?? null;
    return attached === null ? null : toHex(attached.node);
  }

  /** How many of this account's homes answered lately, and how many there are. */
  get homes(): { reached: number; count: number } {
    return { reached: this.#visits.reached + (this.isOnline ? 1 : 0), count: this.#homes.routes.length };
  }

  /** The link to the home that this device is attached to, for questions about its network; null: none, or another. */
  linkIn(network: Uint8Array): { node: Uint8Array; ask: AskNode } | null {
    const attached = this.#link?.attached ?? null;
    if (attached === null || !sameBytes(attached.network, network)) return null;
    return { node: attached.node, ask: (body, options) => this.request(body, options) };
  }

  describe(waiting: number): Connection {
    return describeConnection({
      profile: this.#parts.profile.current,
      state: this.#state,
      isSettled: this.#settling.isOver,
      isRoom: this.#isRoom,
      attached: this.#link?.attached ?? null,
      homes: this.#homes.routes,
      behind: this.#homes.routes.filter(({ node }) => this.#publishing.isDue(toHex(node))).length,
      waiting,
    });
  }

  /** @throws ConnectionError */
  request(body: FrameBody, options: { timeoutMs?: number } = {}): Promise<FrameBody> {
    if (this.#link === null)
      return Promise.reject(new ConnectionError('offline', 'There is no connection to the node.'));
    return this.#link.request(body, options);
  }

  /** These are safely kept: told where they came from, and by the way to the other homes. */
  acknowledge(taken: readonly Taken[]): void {
    for (const link of new Set(taken.map(({ from }) => from))) {
      const ids = taken.filter(({ from }) => from === link).map(({ id }) => id);
      link?.acknowledge(ids);
      if (link === this.#link) this.#settling.taken(ids.length);
    }
    if (this.#homes.routes.length > 1) this.#spreader.add(taken);
  }

  /** Work without which a device is not quite there: publishing its keys, asking who wrote. Bounded as the backlog is. */
  during(work: Promise<unknown>): void {
    this.#settling.during(work);
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
    this.#entry.close();
    this.#homes.close();
    void this.#visits.close();
    void this.#link?.stop();
    this.#parts.onChange();
  }

  /** Tries at once instead of waiting. */
  reconnectNow(): void {
    this.#link?.reconnectNow();
  }

  /** Nothing is on its way to the homes of what others need to write to us, or what they need to forget. */
  get hasPublished(): boolean {
    return this.#loop.underWay === null && (this.#spreader.isIdle || this.#homes.routes.length < 2);
  }

  /** Keys or access changed, or are due for renewal. */
  publish(): void {
    this.#loop.run();
  }

  #connect(): void {
    if (this.#closed || this.#link !== null) return;
    const { platform, own, onPresence, onDeliver } = this.#parts;
    const link: HomeConnection = new HomeConnection({
      platform,
      routes: () => this.#homes.routes,
      lastUsed: this.#homes.lastUsed,
      cipher: null,
      identity: { linkSecret: own.device.linkSecret, certificate: own.device.certificate },
      attach: (capabilities) => {
        this.#isRoom = capabilities.includes('psk');
        this.#showsGuests = SHOW_GUESTS.some((capability) => capabilities.includes(capability));
        return this.#introduction();
      },
      events: {
        onState: (state) => this.#setState(state),
        onAttached: (attached) => this.#attached(link, attached),
        onDeliver: (deliver) => onDeliver(deliver, link),
        onKeyCounts: (counts) => {
          this.#setCounts(counts);
          this.publish();
        },
        onPresence,
        onAnnouncement: (announcement) => this.#hear(link, announcement),
      },
    });
    this.#link = link;
    link.start();
  }

  #attached(link: HomeConnection, attached: Attached): void {
    this.#setCounts(attached.keys ?? null);
    this.#parts.onAttached(link);
    const node = link.attached?.node;
    if (node !== undefined) this.#homes.noteUsed(node);
    // First which nodes are home now, then whether our keys are still ours, then what others shall use.
    const ready = this.#homes.settle().then(async () => {
      const home = this.attached;
      if (this.#closed || home === null || link.attached?.node !== node) return;
      this.#visitOthers();
      await this.#parts.beforePublishing(home, this.#counts);
      this.publish();
    });
    this.#run(ready);
    this.during(ready.then(() => this.#loop.underWay));
    this.#settling.expect(attached.waiting);
  }

  /** Another view: a node that is no home any more is left, and new homes get what they need. */
  #homesChanged(): void {
    const { onChange } = this.#parts;
    this.#publishing.retain(this.#homes.routes.map(({ node }) => toHex(node)));
    this.#link?.homesChanged();
    if (!this.isOnline && this.#state.error?.code !== 'replaced') this.#link?.reconnectNow();
    if (this.isOnline) this.#visitOthers();
    onChange();
  }

  #visitOthers(): void {
    const attached = this.#link?.attached ?? null;
    const others = this.#homes.routes.filter(({ node }) => attached !== null && !sameBytes(node, attached.node));
    this.#visits.setPlaces(others);
    this.#spreader.flush();
  }

  #setCounts(counts: KeyCounts | null): void {
    this.#counts = counts;
    if (counts !== null) this.#parts.onDeviceList(Number(counts.deviceListRevision));
  }

  #setState(state: ConnectionState): void {
    if (this.#gaveUp) return;
    const before = this.#state;
    this.#state = state;
    if (state.state === 'online' && before.state !== 'online') this.#settling.begin();
    if (state.state !== 'online' && before.state === 'online') this.#visits.setPlaces([]);
    if (state.error?.code === 'not-allowed' && before.error !== state.error) {
      this.#parts.onNotAllowed();
      this.#run(this.#introduceAnew());
    }
    if (state.error?.code === 'wrong-node' && before.error?.code !== 'wrong-node') {
      this.#parts.onNotice('node-changed', state.error.spoken);
    }
    if (isNotHome(state.error) && before.error !== state.error) this.#run(this.#homes.renew());
    this.#parts.onChange();
  }

  /** Not over and over: a home may take the list and refuse the device all the same. */
  async #introduceAnew(): Promise<void> {
    const { views, profile, platform, own, timers } = this.#parts;
    if (timers.now() - this.#introducedMs < INTRODUCE_AGAIN_MS) return;
    this.#introducedMs = timers.now();
    await this.#homes.settle();
    const { home } = profile.current;
    if (this.#closed || home === null || views.isAlone(home)) return;
    const isTaken = await introduceAnew(platform, own, this.#publishing, this.#homes.routes);
    if (isTaken && !this.#closed) this.#link?.reconnectNow();
  }

  async #publishNow(): Promise<void> {
    const home = this.attached;
    if (home === null) return;
    const counts = await this.#publishing.bring(home, this.#counts, (body) => this.request(body));
    if (this.#closed) return;
    if (counts !== null) this.#setCounts(counts);
    this.#parts.onPublished();
    this.#visits.hurry();
  }

  #hear(link: HomeConnection, announcement: Announcement): void {
    const { platform, own, onAnnouncement } = this.#parts;
    const { text, personal, signature } = announcement;
    const sentAt = Number(announcement.sentAt);
    const account = personal ? own.account.publicKey : null;
    const route = link.attached;
    if (route === null) return;
    const said = { network: route.network, sentAt, account, text };
    if (verifyAnnouncement(platform.primitives, route.node, said, signature)) onAnnouncement(announcement);
  }

  #run(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (!this.#closed) this.#parts.onFault(error);
    });
  }
}
