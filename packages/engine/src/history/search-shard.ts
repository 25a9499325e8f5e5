/** The words of the messages of one range of positions: an FTS5 index in memory. */
import type { MemoryStore } from '../ports.ts';

/** Positions a shard holds; the database's triggers know it too (schema.ts). */
export const SHARD_SIZE = 4096;

export const shardOf = (position: number): number => Math.floor(position / SHARD_SIZE);

export class SearchShard {
  readonly #store: MemoryStore;
  #count: number;
  #hasRemoved = false;
  /** Something was added or removed since it was kept last. */
  isChanged = false;

  /** @param store empty, or with the image of another shard. @throws StoreError when it is neither */
  constructor(store: MemoryStore) {
    this.#store = store;
    store.run(
      `CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(text, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2')`,
    );
    store.run('CREATE TABLE IF NOT EXISTS entry (position INTEGER PRIMARY KEY, contact INTEGER NOT NULL)');
    this.#count = Number(store.get('SELECT count(*) AS n FROM entry')?.['n'] ?? 0);
  }

  /** Messages in it. */
  get count(): number {
    return this.#count;
  }

  /** Words that were removed are still in the image of an FTS5 index: it must not be kept. */
  get isClean(): boolean {
    return !this.#hasRemoved;
  }

  put(position: number, contact: number, text: string | undefined): void {
    this.remove(position);
    this.#store.run('INSERT INTO entry (position, contact) VALUES (?, ?)', position, contact);
    if (text !== undefined) this.#store.run('INSERT INTO words (rowid, text) VALUES (?, ?)', position, text);
    this.#count++;
    this.isChanged = true;
  }

  remove(position: number): void {
    if (this.#store.get('SELECT 1 AS found FROM entry WHERE position = ?', position) === undefined) return;
    this.#store.run('DELETE FROM words WHERE rowid = ?', position);
    this.#store.run('DELETE FROM entry WHERE position = ?', position);
    this.#count--;
    this.#hasRemoved = true;
    this.isChanged = true;
  }

  /** Several at once, faster. */
  putAll(rows: readonly { position: number; contact: number; text: string | undefined }[]): void {
    this.#store.transaction(() => {
      for (const { position, contact, text } of rows) this.put(position, contact, text);
    });
  }

  /** Positions, newest first. @param query in FTS5's own language */
  find(query: string, contact: number | null, limit: number): number[] {
    return this.#store
      .all(
        `SELECT entry.position FROM words JOIN entry ON entry.position = words.rowid
         WHERE words MATCH ? ${contact === null ? '' : 'AND entry.contact = ?'} ORDER BY words.rowid DESC LIMIT ?`,
        query,
        ...(contact === null ? [] : [contact]),
        limit,
      )
      .map((row) => Number(row['position']));
  }

  image(): Uint8Array {
    return this.#store.image();
  }

  close(): void {
    this.#store.close();
  }
}
