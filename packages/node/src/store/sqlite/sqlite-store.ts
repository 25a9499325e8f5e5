import { type RelayStore, RelayStoreError } from '../relay-store.ts';
import { type StoreLimits } from '../store-limits.ts';

export interface SqliteStoreOptions {
  readonly dataDir: string;
  readonly limits: StoreLimits;
  /** Largest size of the database file; null: as the disk allows. */
  readonly maxFileBytes: number | null;
}

export function openSqliteStore(_options: SqliteStoreOptions): Promise<RelayStore> {
  return Promise.reject(new RelayStoreError('failed', 'the sqlite store is not built yet'));
}
