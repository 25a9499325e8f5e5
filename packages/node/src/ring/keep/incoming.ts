import type { Deliveries } from '../../delivery/deliveries.ts';
import type { NodeMetrics } from '../../node-metrics.ts';
import type { RelayStore, StoreItem, StoreOutcome } from '../../store/relay-store.ts';

export interface IncomingParts {
  readonly store: Pick<RelayStore, 'store'>;
  readonly deliveries: Deliveries;
  readonly metrics: NodeMetrics;
}

/** Envelopes that other nodes brought: to the disk, and to the device if it is attached here. */
export class Incoming {
  readonly #parts: IncomingParts;

  constructor(parts: IncomingParts) {
    this.#parts = parts;
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
