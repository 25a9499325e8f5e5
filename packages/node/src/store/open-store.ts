import { type RelayStore } from './relay-store.ts';
import { type StoreLimits } from './store-limits.ts';

export type StoreKind = 'sqlite' | 'memory';
/** postgres://user:password@host:port/database: a store that several processes share, see server/open-node-store.ts. */
export type DatabaseUrl = `${'postgres' | 'postgresql'}://${string}`;

export interface StoreOptions {
  /** Directory of the node's data; made when missing. `memory` leaves it alone. */
  readonly dataDir: string;
  readonly limits: StoreLimits;
}

export const isDatabaseUrl = (text: string): text is DatabaseUrl => /^postgres(ql)?:\/\//i.test(text);

/**
 * The only place that knows the backends of one process; each is loaded when it is wanted.
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
