import { AttachSchema, RefusalCode, create } from '@sotto/protocol/wire';
import type { Attached, FrameBody } from '@sotto/protocol/wire';
import { Backoff } from './backoff.ts';
import { ConnectionError } from './connection-error.ts';
import type { ConnectionState, HomeConnectionOptions, NodeRequests, RequestOptions } from './connection.ts';
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

/** One round of trying the URLs of the node, and the link that came of it. */
interface Attempt {
  cancelled: boolean;
  cancelOpening: () => void;
  link: NodeLink | null;
}

interface Waiting {
  readonly resolve: (link: NodeLink) => void;
  readonly reject: (error: ConnectionError) => void;
}

/** The certified link to the home node: kept, and made again whenever it is lost (LNKC-5, LNKC-6). */
export class HomeConnection implements NodeRequests {
  readonly #options: HomeConnectionOptions;
  readonly #backoff: Backoff;
  #state: ConnectionState = { state: 'stopped', error: null, retryAt: null };
  #attempt: Attempt | null = null;
  #cancelSleep: () => void = () => undefined;
  #onlineMs = 0;
  #waiting: Waiting[] = [];

  constructor(options: HomeConnectionOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.platform.random);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  start(): void {
    if (this.#state.state === 'stopped') this.#connect();
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
    attempt.cancelled = true;
    attempt.cancelOpening();
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
    const attempt: Attempt = { cancelled: false, cancelOpening: () => undefined, link: null };
    this.#attempt = attempt;
    this.#become({ state: 'connecting', error: this.#state.error, retryAt: null });
    void this.#tryAll(attempt);
  }

  async #tryAll(attempt: Attempt): Promise<void> {
    const { platform, route } = this.#options;
    let worst: ConnectionError = new ConnectionError('bad-url', 'The node has no address.');
    for (const [index, url] of route.urls.entries()) {
      try {
        await this.#tryOne(attempt, url);
        return;
      } catch (error) {
        if (attempt.cancelled) return;
        const explained = await explainFailure(platform, route, url, toConnectionError(error), (cancel) => {
          attempt.cancelOpening = cancel;
        });
        if (attempt.cancelled) return;
        worst = index === 0 ? explained : moreTelling(worst, explained);
        if (STOPS.has(explained.code)) break;
      }
    }
    this.#fail(attempt, worst);
  }

  /** Resolves when the link is attached. */
  async #tryOne(attempt: Attempt, url: string): Promise<void> {
    const { platform, route, cipher, identity } = this.#options;
    let lost: ConnectionError | null = null;
    const opening = openLink({
      platform,
      route,
      url,
      cipher,
      proof: { identity },
      events: {
        onNews: (news) => this.#pass(attempt, news),
        onEnd: (error) => {
          lost = error;
          if (this.#attempt === attempt && this.#state.state === 'online') this.#fail(attempt, error);
        },
      },
    });
    attempt.cancelOpening = opening.cancel;
    const link = await opening.link;
    attempt.cancelOpening = () => undefined;
    if (attempt.cancelled) {
      await link.close();
      return;
    }
    attempt.link = link;
    try {
      await this.#attach(attempt, link);
    } catch (error) {
      attempt.link = null;
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
      if (!attempt.cancelled) this.#becomeOnline(link, answer.value);
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
    const wasOnline = this.#state.state === 'online';
    if (wasOnline && clock.now() - this.#onlineMs >= STEADY_MS) this.#backoff.reset();
    if (STOPS.has(error.code)) {
      this.#become({ state: 'stopped', error, retryAt: null });
    } else {
      const pauseMs = this.#pauseAfter(error);
      this.#cancelSleep = clock.after(pauseMs, () => this.#connect());
      this.#become({ state: 'connecting', error, retryAt: clock.now() + pauseMs });
    }
    this.#rejectWaiting(error);
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
