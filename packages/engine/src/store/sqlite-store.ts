import { StoreError } from '../ports.ts';
import type { ClientStore, NotPromise, SqlRow, SqlValue, StoreErrorCode } from '../ports.ts';

const MAX_STATEMENTS = 256;

/** SQLite's primary result codes (https://sqlite.org/rescode.html). */
const CODES: ReadonlyMap<number, StoreErrorCode> = new Map([
  [5, 'busy'],
  [6, 'busy'],
  [11, 'corrupt'],
  [13, 'disk-full'],
  [26, 'corrupt'],
]);

/** `ClientStore` over one connection to SQLite, whichever binding speaks to it: statements kept, transactions. */
export abstract class SqliteStore<Statement> implements ClientStore {
  readonly #statements = new Map<string, Statement>();
  #inTransaction = false;

  protected abstract prepare(sql: string): Statement;
  /** All rows are stepped through. */
  protected abstract rowsOf(statement: Statement, values: readonly SqlValue[]): SqlRow[];
  protected abstract firstRowOf(statement: Statement, values: readonly SqlValue[]): SqlRow | undefined;
  /** It is not used any more. */
  protected abstract release(statement: Statement): void;
  protected abstract isInTransaction(): boolean;
  protected abstract toStoreError(error: unknown): StoreError;
  abstract close(): void;

  run(sql: string, ...values: SqlValue[]): void {
    // Not node:sqlite's run(): that throws after the fact where the last row id is no safe integer, as FTS5's own are.
    this.all(sql, ...values);
  }

  get(sql: string, ...values: SqlValue[]): SqlRow | undefined {
    try {
      return this.firstRowOf(this.#statement(sql), values);
    } catch (error) {
      throw this.toStoreError(error);
    }
  }

  all(sql: string, ...values: SqlValue[]): SqlRow[] {
    try {
      return this.rowsOf(this.#statement(sql), values);
    } catch (error) {
      throw this.toStoreError(error);
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

  /** Before the connection is closed. */
  protected releaseAll(): void {
    for (const statement of this.#statements.values()) this.release(statement);
    this.#statements.clear();
  }

  #rollBack(): void {
    // SQLite itself has rolled back after some errors, a full disk among them.
    if (this.isInTransaction()) this.run('ROLLBACK');
  }

  #statement(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.prepare(sql);
    if (this.#statements.size >= MAX_STATEMENTS) {
      for (const [oldest, unused] of this.#statements) {
        this.release(unused);
        this.#statements.delete(oldest);
        break;
      }
    }
    this.#statements.set(sql, statement);
    return statement;
  }
}

/** @param resultCode SQLite's, extended or not; null: not known */
export function storeError(resultCode: number | null, message: string, cause: unknown): StoreError {
  const code = resultCode === null ? 'failed' : (CODES.get(resultCode & 0xff) ?? 'failed');
  return new StoreError(code, message, { cause });
}
