import type { Database, PreparedStatement, Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { StoreError } from '../../../ports.ts';
import type { MemoryStore, NotPromise, SqlRow, SqlValue } from '../../../ports.ts';
import { toStoreError } from './wasm-store-error.ts';

const MAX_STATEMENTS = 256;

/** `ClientStore` over SQLite in WebAssembly. One connection, synchronous. */
export class WasmStore implements MemoryStore {
  readonly #sqlite: Sqlite3Static;
  readonly #database: Database;
  readonly #statements = new Map<string, PreparedStatement>();
  #inTransaction = false;

  /** @param database taken over: close() closes it */
  constructor(sqlite: Sqlite3Static, database: Database) {
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

  image(): Uint8Array {
    try {
      return this.#sqlite.capi.sqlite3_js_db_export(this.#database);
    } catch (error) {
      throw toStoreError(error);
    }
  }

  run(sql: string, ...values: SqlValue[]): void {
    this.#query(sql, values, 0);
  }

  get(sql: string, ...values: SqlValue[]): SqlRow | undefined {
    return this.#query(sql, values, 1)[0];
  }

  all(sql: string, ...values: SqlValue[]): SqlRow[] {
    return this.#query(sql, values, Infinity);
  }

  transaction<T>(body: () => NotPromise<T>): T {
    if (this.#inTransaction) throw new StoreError('failed', 'a transaction inside a transaction');
    this.run('BEGIN IMMEDIATE');
    this.#inTransaction = true;
    try {
      const result: T = body();
      if (typeof result === 'object' && result !== null && 'then' in result) {
        throw new StoreError('failed', 'a transaction that does not end at once');
      }
      this.run('COMMIT');
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    } finally {
      this.#inTransaction = false;
    }
  }

  close(): void {
    if (!this.#database.isOpen()) return;
    for (const statement of this.#statements.values()) statement.finalize();
    this.#statements.clear();
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

  /** All rows are stepped through, as `run` needs; at most `limit` are kept. */
  #query(sql: string, values: readonly SqlValue[], limit: number): SqlRow[] {
    try {
      const statement = this.#prepare(sql);
      try {
        for (const [index, value] of values.entries()) {
          if (value instanceof Uint8Array) statement.bindAsBlob(index + 1, value);
          else statement.bind(index + 1, value);
        }
        const rows: SqlRow[] = [];
        while (statement.step()) {
          if (rows.length < limit) rows.push(statement.get({}) as SqlRow);
          if (limit === 1) break;
        }
        return rows;
      } finally {
        // Not its reset(): that throws once more what step() threw.
        if (statement.pointer !== undefined) {
          this.#sqlite.capi.sqlite3_reset(statement.pointer);
          this.#sqlite.capi.sqlite3_clear_bindings(statement.pointer);
        }
      }
    } catch (error) {
      throw toStoreError(error);
    }
  }

  #rollBack(): void {
    try {
      this.run('ROLLBACK');
    } catch {
      // A disk error may have ended the transaction already.
    }
  }

  #prepare(sql: string): PreparedStatement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    if (this.#statements.size >= MAX_STATEMENTS) {
      const [oldest] = this.#statements.entries();
      if (oldest !== undefined) {
        oldest[1].finalize();
        this.#statements.delete(oldest[0]);
      }
    }
    this.#statements.set(sql, statement);
    return statement;
  }
}
