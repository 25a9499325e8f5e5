import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { StoreError } from '../../ports.ts';
import type { MemoryStore, NotPromise, SqlRow, SqlValue, StoreErrorCode } from '../../ports.ts';

const MAX_STATEMENTS = 256;
/** How long to wait for another process that holds the database, a backup program for instance. */
const BUSY_MS = 2000;

/** `ClientStore` over node:sqlite. One connection, synchronous; a commit returns when the disk has it. */
export class NodeStore implements MemoryStore {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #inTransaction = false;

  /**
   * @param path file, created when it is not there; `:memory:` for a database that never touches the disk
   * @throws StoreError: `corrupt` when the file is no database
   */
  constructor(path: string) {
    let database: DatabaseSync | null = null;
    try {
      database = new DatabaseSync(path, { timeout: BUSY_MS, defensive: true, allowExtension: false });
      // WAL with FULL: one fsync a commit (https://sqlite.org/pragma.html#pragma_synchronous).
      // secure_delete: a ratchet state that was replaced does not stay in a free page.
      database.exec(
        'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;',
      );
      database.prepare('PRAGMA schema_version').get();
    } catch (error) {
      database?.close();
      throw toStoreError(error);
    }
    this.#database = database;
  }

  /** @param image of another one, as image() gave it. @throws StoreError */
  static inMemory(image?: Uint8Array): NodeStore {
    const store = new NodeStore(':memory:');
    if (image === undefined) return store;
    try {
      store.#database.deserialize(image);
      // Whatever was in the image, it is a database that answers.
      store.#database.prepare('PRAGMA schema_version').get();
      return store;
    } catch (error) {
      store.close();
      throw toStoreError(error);
    }
  }

  image(): Uint8Array {
    return this.#database.serialize();
  }

  run(sql: string, ...values: SqlValue[]): void {
    try {
      // Not its run(): that throws after the fact where the last row id is no safe integer, as FTS5's own are.
      this.#prepare(sql).all(...values);
    } catch (error) {
      throw toStoreError(error);
    }
  }

  get(sql: string, ...values: SqlValue[]): SqlRow | undefined {
    try {
      return this.#prepare(sql).get(...values);
    } catch (error) {
      throw toStoreError(error);
    }
  }

  all(sql: string, ...values: SqlValue[]): SqlRow[] {
    try {
      return this.#prepare(sql).all(...values);
    } catch (error) {
      throw toStoreError(error);
    }
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
    if (!this.#database.isOpen) return;
    this.#statements.clear();
    this.#database.close();
  }

  #rollBack(): void {
    // SQLite itself has rolled back after some errors, a full disk among them.
    if (!this.#database.isOpen || !this.#database.isTransaction) return;
    this.run('ROLLBACK');
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    if (this.#statements.size >= MAX_STATEMENTS) {
      const [oldest] = this.#statements.keys();
      if (oldest !== undefined) this.#statements.delete(oldest);
    }
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** SQLite's primary result codes (https://sqlite.org/rescode.html). */
const CODES: ReadonlyMap<number, StoreErrorCode> = new Map([
  [5, 'busy'],
  [6, 'busy'],
  [11, 'corrupt'],
  [13, 'disk-full'],
  [26, 'corrupt'],
]);

function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  if (!(error instanceof Error)) return new StoreError('failed', 'the database failed');
  const number = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0;
  return new StoreError(CODES.get(number) ?? 'failed', error.message, { cause: error });
}
