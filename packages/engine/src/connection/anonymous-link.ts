import { sameBytes } from '@sotto/protocol/crypto';
import { verifyDescriptor } from '@sotto/protocol/identity';
import type { VerifiedDescriptor } from '@sotto/protocol/identity';
import type { FrameBody } from '@sotto/protocol/wire';
import { Backoff } from './backoff.ts';
import { ConnectionError } from './connection-error.ts';
import type { AnonymousLinksOptions, NodeRequests, NodeRoute, RequestOptions } from './connection.ts';
import { moreTelling, toConnectionError, wrongNode } from './link-failure.ts';
import { explainFailure, startDiscovery } from './node-discovery.ts';
import { DEFAULT_TIMEOUT_MS } from './node-link.ts';
import type { NodeLink } from './node-link.ts';
import { openLink } from './open-link.ts';

const IDLE_MS = 60_000;
/** Posts that wait for a link; they are of the moment, so few. */
const WAITING_POSTS = 8;

/** The anonymous link (NK) to one node: opened by the first request, closed after the last. */
export class AnonymousLink implements NodeRequests {
  readonly route: NodeRoute;
  readonly #options: AnonymousLinksOptions;
  readonly #backoff: Backoff;
  #opening: Promise<NodeLink> | null = null;
  #link: NodeLink | null = null;
  #cancelIdle: () => void = () => undefined;
  #cancelOpening: () => void = () => undefined;
  #calls = 0;
  #posts = 0;
  #closed = false;
  #failure: { error: ConnectionError; untilMs: number } | null = null;

  constructor(options: AnonymousLinksOptions, route: NodeRoute) {
    this.#options = options;
    this.route = route;
    this.#backoff = new Backoff(options.platform.random);
  }

  /** Nobody waits for anything on it. */
  get unused(): boolean {
    return this.#calls === 0 && this.#posts === 0;
  }

  async request(body: FrameBody, options: RequestOptions = {}): Promise<FrameBody> {
    const { clock } = this.#options.platform;
    const untilMs = clock.now() + (options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    this.#calls++;
    this.#cancelIdle();
    try {
      for (let first = true; ; first = false) {
        const link = await this.#openBefore(untilMs);
        try {
          return await link.request(body, { ...options, timeoutMs: Math.max(0, untilMs - clock.now()) });
        } catch (error) {
          // The link ended before it was sent, by an idle time-out of the node perhaps: once more on a new one.
          if (!first || !(error instanceof ConnectionError) || error.code !== 'offline') throw error;
        }
      }
    } finally {
      this.#calls--;
      this.#closeWhenIdle();
    }
  }

  post(body: FrameBody): boolean {
    if (this.#link !== null) {
      this.#closeWhenIdle();
      return this.#link.post(body);
    }
    if (this.#posts >= WAITING_POSTS || this.#coolingMs() > 0) return false;
    this.#posts++;
    void this.#postWhenOpen(body);
    return true;
  }

  retryNow(): void {
    this.#failure = null;
    this.#backoff.reset();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelIdle();
    this.#cancelOpening();
    await this.#link?.close();
  }

  async #postWhenOpen(body: FrameBody): Promise<void> {
    try {
      (await this.#open()).post(body);
    } catch {
      // It was of the moment, and the moment is over.
    } finally {
      this.#posts--;
      this.#closeWhenIdle();
    }
  }

  async #openBefore(untilMs: number): Promise<NodeLink> {
    if (this.#link !== null) return this.#link;
    const coolingMs = this.#coolingMs();
    if (this.#failure !== null && coolingMs > 0) {
      const { code, message, retry } = this.#failure.error;
      throw new ConnectionError(code, message, { retry, retryMs: coolingMs });
    }
    const { clock } = this.#options.platform;
    const { promise, reject } = Promise.withResolvers<never>();
    const cancelTimeout = clock.after(Math.max(0, untilMs - clock.now()), () => {
      reject(new ConnectionError('unreachable', 'The node cannot be reached in time.'));
    });
    return await Promise.race([this.#open(), promise]).finally(cancelTimeout);
  }

  #coolingMs(): number {
    return this.#failure === null ? 0 : Math.max(0, this.#failure.untilMs - this.#options.platform.clock.now());
  }

  #open(): Promise<NodeLink> {
    if (this.#link !== null) return Promise.resolve(this.#link);
    this.#opening ??= this.#tryAll().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async #tryAll(): Promise<NodeLink> {
    const { platform } = this.#options;
    let worst: ConnectionError = new ConnectionError('bad-url', 'The node has no address.');
    for (const [index, url] of this.route.urls.entries()) {
      try {
        const link = await this.#tryOne(url);
        this.#failure = null;
        this.#backoff.reset();
        return link;
      } catch (error) {
        const explained = await explainFailure(platform, this.route, url, toConnectionError(error), (cancel) => {
          this.#cancelOpening = cancel;
        });
        if (this.#closed) throw explained;
        worst = index === 0 ? explained : moreTelling(worst, explained);
      }
    }
    this.#failure = { error: worst, untilMs: platform.clock.now() + (worst.retryMs || this.#backoff.next()) };
    throw worst;
  }

  async #tryOne(url: string): Promise<NodeLink> {
    const known = this.#options.linkKeyOf?.(this.route.node) ?? this.#cached()?.linkKey ?? null;
    if (known !== null) {
      try {
        return await this.#shakeHands(url, known);
      } catch (error) {
        // The node may have another link key by now.
        if (!(error instanceof ConnectionError) || error.code !== 'handshake') throw error;
      }
    }
    const found = await this.#discover(url);
    return await this.#shakeHands(url, found.linkKey);
  }

  #cached(): VerifiedDescriptor | null {
    const { platform, descriptors } = this.#options;
    const encoded = descriptors.load(this.route.node);
    if (encoded === null) return null;
    try {
      const expected = { nodeId: this.route.node, nowMs: platform.clock.now() };
      return verifyDescriptor(platform.primitives, encoded, expected);
    } catch {
      return null;
    }
  }

  async #discover(url: string): Promise<VerifiedDescriptor> {
    const { platform, descriptors } = this.#options;
    const discovery = startDiscovery(platform, url, this.route.node);
    this.#cancelOpening = discovery.cancel;
    const found = await discovery.descriptor;
    if (!sameBytes(found.network, this.route.network)) throw wrongNode();
    descriptors.save(this.route.node, found.encoded);
    return found;
  }

  async #shakeHands(url: string, remoteLinkKey: Uint8Array): Promise<NodeLink> {
    const { platform, cipher } = this.#options;
    const opening = openLink({
      platform,
      route: this.route,
      url,
      cipher,
      proof: { remoteLinkKey },
      // A node has nothing to tell to somebody it does not know.
      events: { onNews: () => undefined, onEnd: () => this.#lost() },
    });
    this.#cancelOpening = opening.cancel;
    const link = await opening.link;
    this.#cancelOpening = () => undefined;
    if (this.#closed) {
      await link.close();
      throw new ConnectionError('closed', 'The connections were closed on this side.');
    }
    this.#link = link.ended ? null : link;
    return link;
  }

  #lost(): void {
    this.#link = null;
    this.#cancelIdle();
  }

  #closeWhenIdle(): void {
    this.#cancelIdle();
    if (this.#link === null || this.#calls > 0) return;
    const { clock } = this.#options.platform;
    this.#cancelIdle = clock.after(this.#options.idleMs ?? IDLE_MS, () => void this.#link?.close());
  }
}
