import { deleteDB, openDB } from 'idb';
import type { DBSchema, IDBPDatabase } from 'idb';
import { NoStorage } from '../no-storage.ts';
import { StoreError } from '../../../ports.ts';

/** How the database key of a profile is kept: one record, so that it is replaced as a whole (TAB-8). */
export type KeyRecord =
  /** `wrappingKey`: AES-GCM, 256 bits; no script can read it out. */
  | {
      readonly way: 'browser';
      readonly wrappingKey: CryptoKey;
      readonly nonce: Uint8Array<ArrayBuffer>;
      readonly sealed: Uint8Array<ArrayBuffer>;
    }
  /** `file`: as `database.key` on Node (docs/protocol/at-rest.md). */
  | { readonly way: 'passphrase'; readonly file: Uint8Array<ArrayBuffer> }
  /** The key is gone, the files are to follow. */
  | { readonly way: 'erased' };

interface KeySchema extends DBSchema {
  keys: { key: string; value: KeyRecord };
}

const RECORD = 'database';
const VERSION = 1;

/** Where the key record of a profile is kept: IndexedDB, which alone keeps keys that no script can read. */
export class KeyRecords {
  readonly #name: string;

  constructor(profile: string) {
    this.#name = `sotto-${profile}`;
  }

  /** null when there is none. @throws NoStorage, StoreError */
  async read(): Promise<KeyRecord | null> {
    return (await this.#with((database) => database.get('keys', RECORD))) ?? null;
  }

  /** On the disk when this returns, in the place of the one before. @throws NoStorage, StoreError */
  async replace(record: KeyRecord): Promise<void> {
    await this.#with(async (database) => {
      const transaction = database.transaction('keys', 'readwrite', { durability: 'strict' });
      await Promise.all([transaction.store.put(record, RECORD), transaction.done]);
    });
  }

  async erase(): Promise<void> {
    await deleteDB(this.#name);
  }

  async #with<T>(body: (database: IDBPDatabase<KeySchema>) => Promise<T>): Promise<T> {
    let database: IDBPDatabase<KeySchema>;
    try {
      database = await openDB<KeySchema>(this.#name, VERSION, {
        upgrade: (fresh) => void fresh.createObjectStore('keys'),
      });
    } catch (error) {
      throw isFull(error) ? full(error) : new NoStorage({ cause: error });
    }
    try {
      return await body(database);
    } catch (error) {
      throw isFull(error) ? full(error) : error;
    } finally {
      database.close();
    }
  }
}

const isFull = (error: unknown): boolean => error instanceof Error && error.name === 'QuotaExceededError';
const full = (cause: unknown): StoreError => new StoreError('disk-full', 'the key cannot be written', { cause });
