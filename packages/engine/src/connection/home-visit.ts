/** A short visit to a home beside the one that this device is attached to (RING-68). */
import { AttachSchema, create, RefusalCode } from '@sotto/protocol/wire';
import type { Attached, DeliverFrame, FrameBody } from '@sotto/protocol/wire';
import type { LinkIdentity } from '@sotto/protocol/link';
import { ConnectionError } from './connection-error.ts';
import type { ConnectionPlatform, NodeRequests, NodeRoute, RequestOptions } from './connection.ts';
import { expectAnswer } from './expect-answer.ts';
import type { NodeLink } from './node-link.ts';
import { openLink } from './open-link.ts';

/** Where an envelope came from, and is acknowledged. */
export interface AcknowledgeSink {
  /** @param ids 32 B each */
  acknowledge(ids: readonly Uint8Array[]): void;
}

export interface HomeVisitOptions {
  readonly platform: ConnectionPlatform;
  readonly route: NodeRoute;
  readonly identity: LinkIdentity;
  readonly onDeliver: (deliver: DeliverFrame, from: AcknowledgeSink) => void;
}

/** Nothing came for so long: there is no more. */
const QUIET_MS = 10_000;
const ATTACH_MS = 10_000;

export class HomeVisit implements NodeRequests, AcknowledgeSink {
  readonly #options: HomeVisitOptions;
  readonly #swept = Promise.withResolvers<void>();
  #link: NodeLink | null = null;
  #cancelOpening: () => void = () => undefined;
  #cancelQuiet: () => void = () => undefined;
  #closed = false;
  /** Envelopes delivered here and not acknowledged yet. */
  #unacknowledged = 0;
  #onAcknowledged: () => void = () => undefined;

  constructor(options: HomeVisitOptions) {
    this.#options = options;
  }

  /** @throws ConnectionError */
  async open(): Promise<void> {
    const { platform, route, identity } = this.#options;
    let failure: unknown = new ConnectionError('bad-url', 'The node has no address.');
    for (const url of route.urls) {
      try {
        const opening = openLink({ platform, route, url, cipher: null, proof: { identity }, events: this.#events() });
        this.#cancelOpening = opening.cancel;
        this.#link = await opening.link;
        // From here on closing means to say first what is left to be said.
        this.#cancelOpening = () => undefined;
        this.#link.watch(true);
        return;
      } catch (error) {
        failure = error;
        if (this.#closed) break;
      }
    }
    throw failure;
  }

  /** Has everything pushed that waits there. @throws ConnectionError */
  async sweep(): Promise<Attached> {
    const value = create(AttachSchema, { sweep: true });
    const attached = expectAnswer(await this.request({ case: 'attach', value }, { timeoutMs: ATTACH_MS }), 'attached');
    this.#waitOn();
    return attached;
  }

  /** All that waited there came, and was acknowledged; or the visit is over. */
  async done(): Promise<void> {
    await this.#swept.promise;
    const { clock } = this.#options.platform;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onAcknowledged = () => {
      if (this.#unacknowledged <= 0 || this.#closed) resolve();
    };
    this.#onAcknowledged();
    const cancel = clock.after(QUIET_MS, resolve);
    await promise.finally(cancel);
  }

  request(body: FrameBody, options: RequestOptions = {}): Promise<FrameBody> {
    if (this.#link === null) return Promise.reject(new ConnectionError('offline', 'There is no link to the node.'));
    return this.#link.request(body, options);
  }

  post(body: FrameBody): boolean {
    return this.#link?.post(body) === true;
  }

  acknowledge(ids: readonly Uint8Array[]): void {
    this.#unacknowledged -= ids.length;
    this.#link?.acknowledge(ids);
    this.#onAcknowledged();
  }

  async close(): Promise<void> {
    this.#end();
    this.#cancelOpening();
    await this.#link?.close();
  }

  #events() {
    return {
      onNews: (news: { case: string; value: unknown }) => {
        if (news.case !== 'deliver') return;
        const deliver = news.value as DeliverFrame;
        if (!deliver.live) this.#unacknowledged++;
        this.#waitOn();
        this.#options.onDeliver(deliver, this);
      },
      onSwept: () => this.#swept.resolve(),
      onEnd: () => this.#end(),
    };
  }

  #waitOn(): void {
    this.#cancelQuiet();
    if (!this.#closed) this.#cancelQuiet = this.#options.platform.clock.after(QUIET_MS, () => this.#swept.resolve());
  }

  #end(): void {
    this.#closed = true;
    this.#cancelQuiet();
    this.#swept.resolve();
    this.#onAcknowledged();
  }
}

/** The home does not know this device yet, or any more. */
export const isUnknownThere = (error: unknown): boolean =>
  error instanceof ConnectionError && (error.code === 'not-allowed' || error.refusal === RefusalCode.NOT_ALLOWED);

/** By its view the node is no home of this account. */
export const isNotHome = (error: unknown): boolean =>
  error instanceof ConnectionError && error.refusal === RefusalCode.NOT_HOME;
