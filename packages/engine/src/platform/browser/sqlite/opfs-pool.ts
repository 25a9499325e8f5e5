import type { SAHPoolUtil, Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { StoreError } from '../../../ports.ts';
import { NoStorage } from '../no-storage.ts';
import { WasmStore } from './wasm-store.ts';

/** The database, its log, and room for SQLite's own passing files. */
const FILES = 6;
const DATABASE = '/sotto.db';
/** How long a tab that has just ended may still hold the files. */
const WAIT_MS = 10_000;
const STEP_MS = 25;

/**
 * The files of a profile in the browser's origin-private file system: SQLite's pool of synchronous access handles
 * (https://sqlite.org/wasm/doc/trunk/persistence.md#vfs-opfs-sahpool). They are held exclusively: whoever has the pool
 * is the only one who can write (TAB-2).
 */
export class OpfsPool {
  readonly #sqlite: Sqlite3Static;
  readonly #pool: SAHPoolUtil;

  private constructor(sqlite: Sqlite3Static, pool: SAHPoolUtil) {
    this.#sqlite = sqlite;
    this.#pool = pool;
  }

  /** @param profile letters, digits, `-`. @throws NoStorage; StoreError('busy') when another tab holds it */
  static async acquire(sqlite: Sqlite3Static, profile: string): Promise<OpfsPool> {
    await requireStorage();
    const until = Date.now() + WAIT_MS;
    for (;;) {
      try {
        return new OpfsPool(sqlite, await install(sqlite, profile));
      } catch (error) {
        if (!isHeld(error)) throw toStoreError(error);
        if (Date.now() > until) throw new StoreError('busy', 'another tab holds the files', { cause: error });
        await new Promise((resolve) => setTimeout(resolve, STEP_MS));
      }
    }
  }

  get hasDatabase(): boolean {
    return this.#pool.getFileNames().includes(DATABASE);
  }

  /** Makes it when it is not there. @throws StoreError */
  openStore(): WasmStore {
    try {
      return WasmStore.durable(this.#sqlite, new this.#pool.OpfsSAHPoolDb(DATABASE));
    } catch (error) {
      throw toStoreError(error);
    }
  }

  /** The database is gone, the place for it stays. The store is closed. */
  unlinkDatabase(): void {
    for (const name of this.#pool.getFileNames()) this.#pool.unlink(name);
  }

  /** No file of it is left. The store is closed. */
  async erase(): Promise<void> {
    await this.#pool.removeVfs();
  }

  /** Lets go of the files. The store is closed. */
  release(): void {
    this.#pool.pauseVfs();
  }
}

function install(sqlite: Sqlite3Static, profile: string): Promise<SAHPoolUtil> {
  return sqlite.installOpfsSAHPoolVfs({
    // A name of its own each time: a pool that was let go of is not taken up again.
    name: `sotto-${profile}-${crypto.randomUUID()}`,
    directory: `/sotto/${profile}`,
    initialCapacity: FILES,
    // Without this a pool that another tab holds would be deleted.
    preserveOnInitFailure: true,
  });
}

/** @throws NoStorage */
async function requireStorage(): Promise<void> {
  try {
    await navigator.storage.getDirectory();
  } catch (error) {
    throw new NoStorage({ cause: error });
  }
  if (!('createSyncAccessHandle' in FileSystemFileHandle.prototype)) throw new NoStorage();
}

const isHeld = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'NoModificationAllowedError' || error.name === 'InvalidStateError');

function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const isFull = error instanceof Error && error.name === 'QuotaExceededError';
  return new StoreError(isFull ? 'disk-full' : 'failed', 'the files cannot be opened', { cause: error });
}
