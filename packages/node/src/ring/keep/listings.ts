import type { Clock } from '@sotto/protocol/link';
import { hexOf } from '@sotto/protocol/ring';
import type { RelayStore } from '../../store/relay-store.ts';
import type { HeldEnvelope } from '../../store/ring-store.ts';

/** Everything that a partition held a moment ago. */
export interface Listing {
  readonly partition: number;
  /** Sorted by id. */
  readonly ids: readonly Uint8Array[];
  readonly byId: ReadonlyMap<string, HeldEnvelope>;
}

const PAGE = 1000;
/** One comparison of two homes takes some messages, all about the same listing. */
const KEPT_MS = 10_000;
const KEPT = 32;

/** Listings of partitions, read once for the messages of one comparison. */
export class Listings {
  readonly #clock: Clock;
  readonly #store: Pick<RelayStore, 'inventory'>;
  readonly #kept = new Map<number, { readonly atMs: number; readonly listing: Promise<Listing> }>();

  constructor(parts: { readonly clock: Clock; readonly store: Pick<RelayStore, 'inventory'> }) {
    this.#clock = parts.clock;
    this.#store = parts.store;
  }

  /** @throws RelayStoreError */
  of(partition: number): Promise<Listing> {
    const nowMs = this.#clock.now();
    const kept = this.#kept.get(partition);
    if (kept !== undefined && nowMs - kept.atMs < KEPT_MS) return kept.listing;
    const listing = this.#read(partition);
    this.#kept.delete(partition);
    this.#kept.set(partition, { atMs: nowMs, listing });
    listing.catch(() => this.#kept.delete(partition));
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(oldest);
    }
    return listing;
  }

  /** Whether of() reads nothing. */
  has(partition: number): boolean {
    const kept = this.#kept.get(partition);
    return kept !== undefined && this.#clock.now() - kept.atMs < KEPT_MS;
  }

  /** What is in it has changed by this node's own doing. */
  forget(partition: number): void {
    this.#kept.delete(partition);
  }

  async #read(partition: number): Promise<Listing> {
    const byId = new Map<string, HeldEnvelope>();
    const nowSeconds = this.#clock.now() / 1000;
    for (let after = 0; ;) {
      const page = await this.#store.inventory(partition, after, PAGE);
      // What has expired is gone in a minute: nobody needs it any more.
      for (const held of page) if (held.expires > nowSeconds) byId.set(hexOf(held.id), held);
      if (page.length < PAGE) break;
      after = page.at(-1)!.sequence;
    }
    const sorted = new Map([...byId].toSorted(([a], [b]) => (a < b ? -1 : 1)));
    return { partition, ids: Array.from(sorted.values(), ({ id }) => id), byId: sorted };
  }
}
