import { type RelayStore } from './relay-store.ts';
import { type StoreLimits } from './store-limits.ts';

export type StoreKind = 'sqlite' | 'memory';

export interface StoreOptions {
  /** Directory of the node's data; made when missing. `memory` leaves it alone. */
  readonly dataDir: string;
  readonly limits: StoreLimits;
}

/**
 * The only place that knows the backends; each is loaded when it is wanted.
 * @throws RelayStoreError `in-use`, `damaged`, `newer`, `disk-full` or `failed`, with a text that names the file.
 */
export async function openStore(kind: StoreKind, options: StoreOptions): Promise<RelayStore> {
  if (kind === 'memory') {
    const { MemoryStore } = await import('./memory/memory-store.ts');
    return new MemoryStore(options.limits);
  }
  const { openSqliteStore } = await import('./sqlite/sqlite-store.ts');
  const { DEFAULT_SETTLEMENT_PACE } = await import('./sqlite/settlement.ts');
  return openSqliteStore({ ...options, maxFileBytes: null, pace: DEFAULT_SETTLEMENT_PACE });
}
