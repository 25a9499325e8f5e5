import { AttachSchema, RefusalCode, create } from '@sotto/protocol/wire';
import type { Attached, FrameBody } from '@sotto/protocol/wire';
import { Backoff } from './backoff.ts';
import { ConnectionError } from './connection-error.ts';
import { sameBytes } from '@sotto/protocol/crypto';
import type { ConnectionState, HomeConnectionOptions, NodeRequests, NodeRoute, RequestOptions } from './connection.ts';
import { raceHomes } from './home-race.ts';
import type { InTurn } from './home-race.ts';
import { moreTelling, toConnectionError } from './link-failure.ts';
import { explainFailure } from './node-discovery.ts';
import { DEFAULT_TIMEOUT_MS } from './node-link.ts';
import type { NodeLink, NodeNews } from './node-link.ts';
import { openLink } from './open-link.ts';

const ATTACH_MS = 15_000;
/** Being online for so long makes earlier failures forgotten. */
const STEADY_MS = 30_000;
const LONGEST_RETRY_MS = 600_000;
const SHORTEST_RETRY_MS = 500;

/** Trying again does not help, or would fight with another process of this device (LNKC-6). */
const STOPS: ReadonlySet<ConnectionError['code']> = new Set(['replaced', 'not-allowed', 'bad-url']);
/** It may be put right at the node: seldom. */
const SLOW: ReadonlySet<ConnectionError['code']> = new Set(['version', 'wrong-node', 'wrong-psk', 'tls']);

/** One home that is lost is replaced at once, the next not before so long after. */
const FAILOVER_PAUSE_MS = 2000;

/** One round of trying the homes, and the link that came of it. */
interface Attempt {
  cancelled: boolean;
  /** How what is under way is given up. */
  readonly openings: Set<() => void>;
  link: NodeLink | null;
  route: NodeRoute | null;
  /** One of the homes may let this device in later. */
  mayWork: boolean;
}

interface Waiting {
  readonly resolve: (link: NodeLink) => void;
  readonly reject: (error: ConnectionError) => void;
}

/** The certified link to one of the homes: kept, and made again whenever it is lost (LNKC-5, LNKC-6, RING-64, RING-65). */
export class HomeConnection implements NodeRequests {
  readonly #options: HomeConnectionOptions;
  readonly #backoff: Backoff;
  #state: ConnectionState = { state: 'stopped', error: null, retryAt: null };
  #attempt: Attempt | null = null;
  #cancelSleep: () => void = () => undefined;
  #onlineMs = 0;
  #failedOverMs = Number.NEGATIVE_INFINITY;
  #waiting: Waiting[] = [];
  /** The home used last; null: it has just been lost. */
  #lastUsed: Uint8Array | null;
  #lost: Uint8Array | null = null;

  constructor(options: HomeConnectionOptions) {
    this.#options = options;
    this.#lastUsed = options.lastUsed ?? null;
    this.#backoff = new Backoff(options.platform.random);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** The home that this device is attached to; null: none now. */
  get attached(): NodeRoute | null {
    return this.#state.state === 'online' ? (this.#attempt?.route ?? null) : null;
  }

  start(): void {
    if (this.#state.state === 'stopped') this.#connect();
  }

  /** The homes are others than before: one that is none any more is left for one that is. */
  homesChanged(): void {
    const { attached } = this;
    const attempt = this.#attempt;
    if (attached === null || attempt === null) return;
    const routes = this.#options.routes();
    if (routes.some(({ node }) => sameBytes(node, attached.node))) {
      attempt.link?.watch(routes.length > 1);
      return;
    }
    this.#fail(attempt, new ConnectionError('going-away', 'Another node is home now.', { retryMs: 0 }));
    void attempt.link?.close();
  }

  /** Tries now instead of later; an existing link is asked whether it lives. For a screen's "retry", and after sleep. */
  reconnectNow(): void {
    if (this.#state.state === 'online') {
      this.#attempt?.link?.probe();
    } else if (this.#attempt === null) {
      this.#backoff.reset();
      this.#connect();
    }
  }

  /** Sends what waits, acknowledgements too, and closes. @returns when the socket is closed */
  async stop(): Promise<void> {
    const attempt = this.#attempt;
    this.#attempt = null;
    this.#cancelSleep();
    this.#become({ state: 'stopped', error: null, retryAt: null });
    this.#rejectWaiting(new ConnectionError('closed', 'The connection was closed on this side.'));
    if (attempt === null) return;
    giveUp(attempt);
    await attempt.link?.close();
  }

  async request(body: FrameBody, options: RequestOptions = {}): Promise<FrameBody> {
    const { clock } = this.#options.platform;
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const startMs = clock.now();
    const link = await this.#online(timeoutMs);
    return await link.request(body, { timeoutMs: Math.max(0, timeoutMs - (clock.now() - startMs)) });
  }

  post(body: FrameBody): boolean {
    return this.#state.state === 'online' && this.#attempt?.link?.post(body) === true;
  }

  /** Ids of envelopes that are safely kept, 32 B each. Dropped when offline: the envelopes come again. */
  acknowledge(ids: readonly Uint8Array[]): void {
    this.#attempt?.link?.acknowledge(ids);
  }

  /** The link, when there is one or one is just being made. @throws ConnectionError */
  #online(timeoutMs: number): Promise<NodeLink> {
    const link = this.#attempt?.link;
    if (this.#state.state === 'online' && link) return Promise.resolve(link);
    if (this.#attempt === null) {
      const { error } = this.#state;
      return Promise.reject(
        error ?? new ConnectionError('offline', 'There is no connection to the node.', { retry: true }),
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<NodeLink>();
    const waiting: Waiting = { resolve, reject };
    const cancelTimeout = this.#options.platform.clock.after(timeoutMs, () => {
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
      reject(new ConnectionError('offline', 'No connection to the node came about in time.'));
    });
    this.#waiting.push(waiting);
    return promise.finally(cancelTimeout);
  }

  #connect(): void {
    this.#cancelSleep();
    const attempt: Attempt = { cancelled: false, openings: new Set(), link: null, route: null, mayWork: false };
    this.#attempt = attempt;
    this.#become({ state: 'connecting', error: this.#state.error, retryAt: null });
    void this.#tryAll(attempt);
  }

  async #tryAll(attempt: Attempt): Promise<void> {
    const { clock } = this.#options.platform;
    const { routes, headStart } = this.#inOrder();
    try {
      await raceHomes({
        clock,
        routes,
        headStart,
        run: (route, inTurn) => this.#tryHome(attempt, route, inTurn),
      });
      // Whoever was slower is not needed.
      for (const cancel of attempt.openings) cancel();
    } catch (error) {
      this.#fail(attempt, toConnectionError(error));
    }
  }

  /** The one used last first; one that has just been lost last. */
  #inOrder(): { routes: NodeRoute[]; headStart: boolean } {
    const [lastUsed, lost] = [this.#lastUsed, this.#lost];
    this.#lost = null;
    const routes = [...this.#options.routes()];
    const used = routes.findIndex(({ node }) => lastUsed !== null && sameBytes(node, lastUsed));
    if (used >= 0) routes.unshift(...routes.splice(used, 1));
    const left = routes.findIndex(({ node }) => lost !== null && sameBytes(node, lost));
    if (left >= 0) routes.push(...routes.splice(left, 1));
    return { routes, headStart: used >= 0 };
  }

  async #tryHome(attempt: Attempt, route: NodeRoute, inTurn: InTurn): Promise<NodeLink> {
    const { platform } = this.#options;
    let worst: ConnectionError = new ConnectionError('bad-url', 'The node has no address.');
    for (const [index, url] of route.urls.entries()) {
      try {
        return await this.#tryOne(attempt, route, url, inTurn);
      } catch (error) {
        if (attempt.cancelled || attempt.link !== null) throw error;
        const explained = await this.#openingOf(attempt, (opening) =>
          explainFailure(platform, route, url, toConnectionError(error), opening),
        );
        if (attempt.cancelled) throw explained;
        worst = index === 0 ? explained : moreTelling(worst, explained);
        if (STOPS.has(explained.code)) break;
      }
    }
    if (!STOPS.has(worst.code)) attempt.mayWork = true;
    throw worst;
  }

  /** What is opened meanwhile is given up with the attempt. */
  async #openingOf<T>(attempt: Attempt, body: (onOpening: (cancel: () => void) => void) => Promise<T>): Promise<T> {
    let cancel: (() => void) | null = null;
    try {
      return await body((given) => {
        cancel = given;
        attempt.openings.add(given);
      });
    } finally {
      if (cancel !== null) attempt.openings.delete(cancel);
    }
  }

  /** Resolves when the link is attached. */
  async #tryOne(attempt: Attempt, route: NodeRoute, url: string, inTurn: InTurn): Promise<NodeLink> {
    const { platform, cipher, identity } = this.#options;
    let lost: ConnectionError | null = null;
    const opening = openLink({
      platform,
      route,
      url,
      cipher,
      proof: { identity },
      events: {
        onNews: (news) => {
          if (attempt.route === route) this.#pass(attempt, news);
        },
        onEnd: (error) => {
          lost = error;
          if (this.#attempt === attempt && attempt.route === route && this.#state.state === 'online') {
            this.#fail(attempt, error);
          }
        },
      },
    });
    const link = await this.#openingOf(attempt, (onOpening) => {
      onOpening(opening.cancel);
      return opening.link;
    });
    if (attempt.cancelled) {
      await link.close();
      throw new ConnectionError('closed', 'The attempt was given up.');
    }
    try {
      await inTurn(() => {
        if (attempt.cancelled) throw new ConnectionError('closed', 'The attempt was given up.');
        Object.assign(attempt, { link, route });
        return this.#attach(attempt, link);
      });
      return link;
    } catch (error) {
      if (attempt.link === link) Object.assign(attempt, { link: null, route: null });
      const reason = lost ?? error;
      void link.close();
      throw reason;
    }
  }

  #attach(attempt: Attempt, link: NodeLink): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const body: FrameBody = { case: 'attach', value: create(AttachSchema, this.#options.attach(link.capabilities)) };
    const onAnswer = (answer: FrameBody): void => {
      if (answer.case !== 'attached') {
        reject(new ConnectionError('protocol', 'The node did not answer the attach.'));
        return;
      }
      // Another home may have had its turn meanwhile.
      if (!attempt.cancelled && attempt.link === link) this.#becomeOnline(link, answer.value);
      resolve();
    };
    link.ask(body, ATTACH_MS, onAnswer, (error) => {
      const expelled = error.refusal === RefusalCode.NOT_ALLOWED;
      reject(expelled ? new ConnectionError('not-allowed', 'The node does not let this device in.') : error);
    });
    return promise;
  }

  #becomeOnline(link: NodeLink, attached: Attached): void {
    this.#onlineMs = this.#options.platform.clock.now();
    this.#lastUsed = this.#attempt?.route?.node ?? null;
    link.watch(this.#options.routes().length > 1);
    this.#become({ state: 'online', error: null, retryAt: null });
    this.#options.events.onAttached(attached);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { resolve } of waiting) resolve(link);
  }

  #pass(attempt: Attempt, news: NodeNews): void {
    if (attempt.cancelled) return;
    const { events } = this.#options;
    switch (news.case) {
      case 'deliver':
        events.onDeliver(news.value);
        break;
      case 'keyCounts':
        events.onKeyCounts(news.value);
        break;
      case 'presence':
        events.onPresence(news.value);
        break;
      case 'announcement':
        events.onAnnouncement(news.value);
        break;
    }
  }

  /** The attempt, or the link it made, is over: what next? */
  #fail(attempt: Attempt, error: ConnectionError): void {
    if (attempt.cancelled || this.#attempt !== attempt) return;
    const { clock } = this.#options.platform;
    this.#attempt = null;
    giveUp(attempt);
    const wasOnline = this.#state.state === 'online';
    if (wasOnline && clock.now() - this.#onlineMs >= STEADY_MS) this.#backoff.reset();
    const mayFailOver = wasOnline && error.code !== 'replaced' && this.#mayFailOver();
    if (STOPS.has(error.code) && !mayFailOver && (wasOnline || !attempt.mayWork)) {
      this.#become({ state: 'stopped', error, retryAt: null });
    } else if (mayFailOver) {
      [this.#lost, this.#lastUsed, this.#failedOverMs] = [attempt.route?.node ?? null, null, clock.now()];
      this.#become({ state: 'connecting', error: null, retryAt: null });
      this.#connect();
      return;
    } else {
      const pauseMs = this.#pauseAfter(error);
      this.#cancelSleep = clock.after(pauseMs, () => this.#connect());
      this.#become({ state: 'connecting', error, retryAt: clock.now() + pauseMs });
    }
    this.#rejectWaiting(error);
  }

  /** Another home is tried at once, but not over and over. */
  #mayFailOver(): boolean {
    const sinceMs = this.#options.platform.clock.now() - this.#failedOverMs;
    return this.#options.routes().length > 1 && sinceMs >= FAILOVER_PAUSE_MS;
  }

  #pauseAfter(error: ConnectionError): number {
    if (SLOW.has(error.code)) return this.#backoff.slow();
    // The node has spread its clients already.
    if (error.retryMs > 0) return Math.min(LONGEST_RETRY_MS, Math.max(SHORTEST_RETRY_MS, error.retryMs));
    return this.#backoff.next();
  }

  #rejectWaiting(error: ConnectionError): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(error);
  }

  #become(state: ConnectionState): void {
    this.#state = state;
    this.#options.events.onState(state);
  }
}

function giveUp(attempt: Attempt): void {
  attempt.cancelled = true;
  for (const cancel of attempt.openings) cancel();
}
