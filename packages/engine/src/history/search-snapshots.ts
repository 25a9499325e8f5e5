/**
 * Shards of the search index as they are kept on the disk, sealed (ENG-12). The database itself forgets a shard's
 * snapshot in the transaction that changes or removes one of its messages (the triggers of schema.ts): whoever writes
 * cannot forget to, and no snapshot brings back words that are gone.
 */
import { be32, concat } from '@sotto/protocol/crypto';
import { StoreError } from '../ports.ts';
import type { MemoryStore } from '../ports.ts';
import type { Database } from '../store/database.ts';
import { SearchShard } from './search-shard.ts';

const TABLE = 'search_snapshot';
/** Of the shape of a shard and its tokenizer: another one is made anew. */
const VERSION = 1;
const HEADER = 5;

export interface RestoredShard {
  readonly shard: SearchShard;
  /** Every message up to this position is in it. */
  readonly upTo: number;
}

export class SearchSnapshots {
  readonly #database: Database;
  readonly #openMemoryStore: (image?: Uint8Array) => MemoryStore;

  constructor(database: Database, openMemoryStore: (image?: Uint8Array) => MemoryStore) {
    this.#database = database;
    this.#openMemoryStore = openMemoryStore;
  }

  empty(): SearchShard {
    return new SearchShard(this.#openMemoryStore());
  }

  /** null when there is none, or it is damaged: then it is forgotten. */
  restore(number: number): RestoredShard | null {
    const row = this.#database.store.get('SELECT up_to, sealed FROM search_snapshot WHERE shard = ?', number);
    if (row === undefined) return null;
    const upTo = Number(row['up_to']);
    try {
      const opened = this.#database.rows.open(TABLE, number, row['sealed']);
      const version = opened[0];
      const kept = new DataView(opened.buffer, opened.byteOffset).getUint32(1);
      if (version === VERSION && kept === upTo) {
        const shard = new SearchShard(this.#openMemoryStore(opened.subarray(HEADER)));
        return { shard, upTo };
      }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
    this.#database.store.run('DELETE FROM search_snapshot WHERE shard = ?', number);
    return null;
  }

  /** @param upTo every message up to here, and none after, is in `shard` */
  keep(number: number, shard: SearchShard, upTo: number): void {
    const image = concat(new Uint8Array([VERSION]), be32(upTo), shard.image());
    this.#database.store.run(
      'INSERT OR REPLACE INTO search_snapshot (shard, up_to, sealed) VALUES (?, ?, ?)',
      number,
      upTo,
      this.#database.rows.seal(TABLE, number, image),
    );
    image.fill(0);
    shard.isChanged = false;
  }

  /** Of the newest shard that is kept. */
  upTo(number: number): number | null {
    const row = this.#database.store.get('SELECT up_to FROM search_snapshot WHERE shard = ?', number);
    return row === undefined ? null : Number(row['up_to']);
  }
}
