import type { NodeCore } from '../node-core.ts';
import type { NodeIdentity } from '../node-identity.ts';
import type { NodeMetrics } from '../node-metrics.ts';
import { type LeaveProgress, leaveRing } from '../ring/leaving.ts';
import { type RingStatus, ringStatus } from '../ring/ring-status.ts';
import type { RelayStore } from '../store/relay-store.ts';
import { describeStatus } from './control/describe-ring.ts';
import { nodeClock } from './node-clock.ts';

/** Looking through the store takes a moment: a page that anybody may ask for shows what was so a little earlier. */
const PAGE_MS = 5000;

/** What the operator can see and do of the ring, by whatever way. */
export class RingOperations {
  /** Resolves when the node has left its network: there is nothing more to do for it. */
  readonly left: Promise<void>;
  readonly #core: NodeCore;
  readonly #identity: NodeIdentity;
  readonly #store: RelayStore | null;
  readonly #metrics: NodeMetrics;
  readonly #hasLeft: () => void;
  #page: { readonly untilMs: number; readonly text: Promise<string> } | null = null;

  constructor(parts: {
    readonly core: NodeCore;
    readonly identity: NodeIdentity;
    readonly store: RelayStore | null;
    readonly metrics: NodeMetrics;
  }) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.left = promise;
    this.#hasLeft = resolve;
    this.#core = parts.core;
    this.#identity = parts.identity;
    this.#store = parts.store;
    this.#metrics = parts.metrics;
  }

  status(): Promise<RingStatus> {
    const { ring, keep } = this.#core;
    const repair = keep?.repair.backlog() ?? { partitions: 0, envelopes: 0 };
    return ringStatus(ring, this.#identity.network, this.#store, this.#metrics.tunnelsOpen, repair);
  }

  /** For /ring. */
  page(): Promise<string> {
    const nowMs = nodeClock.now();
    if (this.#page === null || this.#page.untilMs <= nowMs) {
      const text = this.status().then((status) => `${describeStatus(status, new Date(nowMs))}\n`);
      this.#page = { untilMs: nowMs + PAGE_MS, text };
    }
    return this.#page.text;
  }

  /** A join token. null: this node cannot let anybody in. */
  invite(): string | null {
    return this.#store === null ? null : this.#core.ring.joinDesk.invite();
  }

  /** Hands over what is kept here. @throws LeaveError */
  async leave(onProgress: (progress: LeaveProgress) => void): Promise<void> {
    await leaveRing({ ring: this.#core.ring, clock: nodeClock, store: this.#store }, onProgress);
    this.#hasLeft();
  }
}
