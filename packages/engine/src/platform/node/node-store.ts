import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { StoreError } from '../../ports.ts';
import type { MemoryStore, SqlRow, SqlValue } from '../../ports.ts';
import { SqliteStore, storeError } from '../../store/sqlite-store.ts';

/** How long to wait for another process that holds the database, a backup program for instance. */
const BUSY_MS = 2000;

/** `ClientStore` over node:sqlite. One connection, synchronous; a commit returns when the disk has it. */
export class NodeStore extends SqliteStore<StatementSync> implements MemoryStore {
  readonly #database: DatabaseSync;

  /**
   * @param path file, created when it is not there; `:memory:` for a database that never touches the disk
   * @throws StoreError: `corrupt` when the file is no database
   */
  constructor(path: string) {
    super();
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

  close(): void {
    if (!this.#database.isOpen) return;
    this.releaseAll();
    this.#database.close();
  }

  protected prepare(sql: string): StatementSync {
    return this.#database.prepare(sql);
  }

  protected rowsOf(statement: StatementSync, values: readonly SqlValue[]): SqlRow[] {
    return statement.all(...values);
  }

  protected firstRowOf(statement: StatementSync, values: readonly SqlValue[]): SqlRow | undefined {
    return statement.get(...values);
  }

  protected release(_statement: StatementSync): void {
    // Finalized when it is collected.
  }

  protected isInTransaction(): boolean {
    return this.#database.isOpen && this.#database.isTransaction;
  }

  protected toStoreError(error: unknown): StoreError {
    return toStoreError(error);
  }
}

function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  if (!(error instanceof Error)) return new StoreError('failed', 'the database failed');
  const resultCode = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : null;
  return storeError(resultCode, error.message, error);
}
