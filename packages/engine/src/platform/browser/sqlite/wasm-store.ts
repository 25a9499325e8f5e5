import type { Database, PreparedStatement, Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { StoreError } from '../../../ports.ts';
import type { MemoryStore, SqlRow, SqlValue } from '../../../ports.ts';
import { SqliteStore, storeError } from '../../../store/sqlite-store.ts';
import { takeQuotaReached } from './load-sqlite.ts';

/** `ClientStore` over SQLite in WebAssembly. One connection, synchronous. */
export class WasmStore extends SqliteStore<PreparedStatement> implements MemoryStore {
  readonly #sqlite: Sqlite3Static;
  readonly #database: Database;

  /** @param database taken over: close() closes it */
  constructor(sqlite: Sqlite3Static, database: Database) {
    super();
    this.#sqlite = sqlite;
    this.#database = database;
  }

  /** @param image of another one, as image() gave it. @throws StoreError('corrupt') when it is none */
  static inMemory(sqlite: Sqlite3Static, image?: Uint8Array): WasmStore {
    const store = new WasmStore(sqlite, new sqlite.oo1.DB({ filename: ':memory:' }));
    try {
      store.#database.exec('PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;');
      if (image !== undefined) store.#load(image);
      return store;
    } catch (error) {
      store.close();
      throw toStoreError(error);
    }
  }

  /**
   * A database in files that nobody else holds.
   * @param database taken over, also when this throws
   * @throws StoreError('corrupt') when the file is no database
   */
  static durable(sqlite: Sqlite3Static, database: Database): WasmStore {
    const store = new WasmStore(sqlite, database);
    try {
      // The log needs no shared memory where the lock is exclusive (https://sqlite.org/wal.html#noshm). FULL: a commit
      // is flushed. secure_delete: a ratchet state that was replaced does not stay in a free page.
      database.exec(
        'PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;',
      );
      store.get('PRAGMA schema_version');
      return store;
    } catch (error) {
      store.close();
      throw toStoreError(error);
    }
  }

  image(): Uint8Array {
    try {
      return this.#sqlite.capi.sqlite3_js_db_export(this.#database);
    } catch (error) {
      throw toStoreError(error);
    }
  }

  /**
   * A copy in memory, of the moment when it is done: what is written meanwhile is in it, too
   * (https://sqlite.org/c3ref/backup_finish.html#sqlite3backupstep).
   * @param pages copied before each call of `between`; what it throws ends the copying
   */
  async copy(pages: number, between: () => Promise<void>): Promise<WasmStore> {
    const { capi } = this.#sqlite;
    const copy = WasmStore.inMemory(this.#sqlite);
    const [from, to] = [this.#database.pointer, copy.#database.pointer];
    if (from === undefined || to === undefined) throw new StoreError('failed', 'the database is closed');
    const copying = capi.sqlite3_backup_init(to, 'main', from, 'main');
    try {
      for (let result: number = capi.SQLITE_OK; result !== capi.SQLITE_DONE;) {
        if (!this.#database.isOpen()) throw new StoreError('failed', 'the database was closed');
        result = capi.sqlite3_backup_step(copying, pages);
        if (result !== capi.SQLITE_DONE) {
          copy.#database.checkRc(result);
          await between();
        }
      }
      capi.sqlite3_backup_finish(copying);
      return copy;
    } catch (error) {
      capi.sqlite3_backup_finish(copying);
      copy.close();
      throw error;
    }
  }

  close(): void {
    if (!this.#database.isOpen()) return;
    this.releaseAll();
    this.#database.close();
  }

  #load(image: Uint8Array): void {
    const { capi, wasm } = this.#sqlite;
    const bytes = wasm.allocFromTypedArray(image);
    const flags = capi.SQLITE_DESERIALIZE_FREEONCLOSE | capi.SQLITE_DESERIALIZE_RESIZEABLE;
    const pointer = this.#database.pointer;
    if (pointer === undefined) throw new StoreError('failed', 'the database is closed');
    this.#database.checkRc(capi.sqlite3_deserialize(pointer, 'main', bytes, image.length, image.length, flags));
    // Whatever was in the image, it is a database that answers.
    this.get('PRAGMA schema_version');
  }

  protected prepare(sql: string): PreparedStatement {
    return this.#database.prepare(sql);
  }

  protected rowsOf(statement: PreparedStatement, values: readonly SqlValue[]): SqlRow[] {
    return this.#step(statement, values, (rows) => {
      while (statement.step()) rows.push(statement.get({}) as SqlRow);
    });
  }

  protected firstRowOf(statement: PreparedStatement, values: readonly SqlValue[]): SqlRow | undefined {
    return this.#step(statement, values, (rows) => {
      if (statement.step()) rows.push(statement.get({}) as SqlRow);
    })[0];
  }

  protected release(statement: PreparedStatement): void {
    statement.finalize();
  }

  protected isInTransaction(): boolean {
    const { pointer } = this.#database;
    return pointer !== undefined && this.#sqlite.capi.sqlite3_get_autocommit(pointer) === 0;
  }

  protected toStoreError(error: unknown): StoreError {
    return toStoreError(error);
  }

  #step(statement: PreparedStatement, values: readonly SqlValue[], step: (rows: SqlRow[]) => void): SqlRow[] {
    try {
      for (const [index, value] of values.entries()) {
        if (value instanceof Uint8Array) statement.bindAsBlob(index + 1, value);
        else statement.bind(index + 1, value);
      }
      const rows: SqlRow[] = [];
      step(rows);
      return rows;
    } finally {
      // Not its reset(): that throws once more what step() threw.
      if (statement.pointer !== undefined) {
        this.#sqlite.capi.sqlite3_reset(statement.pointer);
        this.#sqlite.capi.sqlite3_clear_bindings(statement.pointer);
      }
    }
  }
}

function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  if (!(error instanceof Error)) return new StoreError('failed', 'the database failed');
  if (takeQuotaReached()) return new StoreError('disk-full', error.message, { cause: error });
  const resultCode = 'resultCode' in error && typeof error.resultCode === 'number' ? error.resultCode : null;
  return storeError(resultCode, error.message, error);
}
