import { MemoryStore } from '../store/memory/memory-store.ts';
import type { AcknowledgeItem, KeyCountsOf, QueuedEnvelope, StoreItem, StoreOutcome } from '../store/relay-store.ts';
import { DEFAULT_STORE_LIMITS } from '../store/store-limits.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** A store like one in another thread: what is asked takes effect in order, the answers come later. */
export class SlowStore extends MemoryStore {
  /** What acknowledge() fails with. */
  failure: Error | null = null;
  readonly #clock: VirtualClock;
  readonly #delayMs: () => number;
  readonly #inOrder: boolean;
  #last: Promise<unknown> = Promise.resolve();

  constructor(clock: VirtualClock, delayMs: () => number, inOrder = true) {
    super(DEFAULT_STORE_LIMITS);
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#inOrder = inOrder;
  }

  override store(items: readonly StoreItem[]): Promise<StoreOutcome[]> {
    return this.#later(super.store(items));
  }

  override take(mailbox: Uint8Array, device: number, after: number, limit: number): Promise<QueuedEnvelope[]> {
    return this.#later(super.take(mailbox, device, after, limit));
  }

  override acknowledge(items: readonly AcknowledgeItem[]): Promise<void> {
    return this.#later(this.failure === null ? super.acknowledge(items) : Promise.reject(this.failure));
  }

  override waiting(mailbox: Uint8Array, device: number): Promise<number> {
    return this.#later(super.waiting(mailbox, device));
  }

  override keyCounts(mailbox: Uint8Array, device: number): Promise<KeyCountsOf> {
    return this.#later(super.keyCounts(mailbox, device));
  }

  #later<T>(answer: Promise<T>): Promise<T> {
    // Looked at later: until then nobody waits for it.
    answer.catch(() => {});
    const delayed = new Promise<void>((resolve) => this.#clock.after(this.#delayMs(), resolve));
    const before = this.#last;
    const mine = delayed.then(() => (this.#inOrder ? before : null)).then(() => answer);
    this.#last = mine.catch(() => {});
    return mine;
  }
}
