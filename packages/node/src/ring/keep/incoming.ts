import type { Primitives } from '@sotto/protocol/crypto';
import type { Deliveries } from '../../delivery/deliveries.ts';
import type { NodeMetrics } from '../../node-metrics.ts';
import type { RelayStore, StoreItem, StoreOutcome } from '../../store/relay-store.ts';
import { isWhole } from './scrub.ts';

export interface IncomingParts {
  readonly primitives: Primitives;
  readonly store: Pick<RelayStore, 'store' | 'read' | 'discard'>;
  readonly deliveries: Deliveries;
  readonly metrics: NodeMetrics;
}

/** Envelopes that other nodes brought: to the disk, and to the device if it is attached here. */
export class Incoming {
  readonly #parts: IncomingParts;

  constructor(parts: IncomingParts) {
    this.#parts = parts;
  }

  /**
   * As store(), for receipts that others rely on: what is said to be here already is read first, and written anew where
   * the disk has changed it (RING-28). @throws RelayStoreError
   */
  async storeWhole(items: readonly StoreItem[]): Promise<StoreOutcome[]> {
    const outcomes = await this.store(items);
    const held = items.filter((_, index) => outcomes[index] === 'duplicate');
    if (held.length === 0) return outcomes;
    const { store, primitives, metrics } = this.#parts;
    const copies = await store.read(held);
    const damaged = held.filter((_, index) => {
      const copy = copies[index]!;
      return copy !== null && !isWhole(primitives, copy);
    });
    if (damaged.length === 0) return outcomes;
    metrics.damaged += damaged.length;
    await store.discard(damaged);
    // Its token was used up when it came first.
    const again = await this.store(damaged.map((item) => ({ ...item, tokenHash: null })));
    const byItem = new Map(damaged.map((item, index) => [item, again[index]!]));
    return outcomes.map((outcome, index) => byItem.get(items[index]!) ?? outcome);
  }

  /** As RelayStore.store. @throws RelayStoreError */
  async store(items: readonly StoreItem[]): Promise<StoreOutcome[]> {
    if (items.length === 0) return [];
    const { store, deliveries, metrics } = this.#parts;
    deliveries.commitBegan();
    try {
      const outcomes = await store.store(items);
      metrics.commits += 1;
      for (const [index, item] of items.entries()) {
        if (outcomes[index] === 'stored') {
          metrics.stored += 1;
          deliveries.stored(item);
        } else if (outcomes[index] === 'duplicate' || outcomes[index] === 'acknowledged') {
          metrics.duplicates += 1;
        }
      }
      return outcomes;
    } finally {
      deliveries.commitEnded();
    }
  }
}
