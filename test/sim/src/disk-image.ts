import type { ClientStore, SqlRow } from '@sotto/engine';
import { NodeStore } from '@sotto/engine/platform/node';

/** Everything a client's database held at one moment. */
export interface DiskImage {
  readonly version: number;
  readonly schema: readonly string[];
  readonly tables: ReadonlyMap<string, readonly SqlRow[]>;
}

export function imageOf(store: ClientStore): DiskImage {
  const objects = store.all(
    "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type = 'index', name",
  );
  const tables = objects.filter(({ type }) => type === 'table').map(({ name }) => String(name));
  return {
    version: Number(store.get('PRAGMA user_version')?.['user_version']),
    schema: objects.map(({ sql }) => String(sql)),
    tables: new Map(tables.map((table) => [table, rowsOf(store, table)])),
  };
}

/** A disk as it was when the image was made. */
export function storeOf({ version, schema, tables }: DiskImage): ClientStore {
  const store = new NodeStore(':memory:');
  store.transaction(() => {
    for (const sql of schema) store.run(sql);
    for (const [table, rows] of tables) writeRows(store, table, rows);
    store.run(`PRAGMA user_version = ${version}`);
  });
  return store;
}

export const rowsOf = (store: ClientStore, table: string): SqlRow[] => store.all(`SELECT * FROM "${table}"`);

export function writeRows(store: ClientStore, table: string, rows: readonly SqlRow[]): void {
  for (const row of rows) {
    const columns = Object.keys(row);
    const names = columns.map((column) => `"${column}"`).join(', ');
    const places = columns.map(() => '?').join(', ');
    store.run(`INSERT OR REPLACE INTO "${table}" (${names}) VALUES (${places})`, ...Object.values(row));
  }
}
