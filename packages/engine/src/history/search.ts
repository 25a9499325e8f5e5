/** Full-text search. The index lives in memory only: no word of a message is readable on the disk (ENG-12). */
import type { Message } from '../api.ts';
import type { ContactEntry } from '../contacts/contacts.ts';
import type { Database } from '../store/database.ts';
import type { History } from './history.ts';
import type { MessageRow } from './message-row.ts';
import type { ClientStore, Clock } from '../ports.ts';

/** Rows a turn, some milliseconds of work: between turns a key press is answered. */
const CHUNK = 100;
/** The first screen comes first. */
const HEAD_START_MS = 250;
const MAX_RESULTS = 200;

export class Search {
  readonly #database: Database;
  readonly #history: History;
  readonly #clock: Clock;
  readonly #index: ClientStore;
  /** Everything from here up is in the index. */
  #reached: number;
  #indexed = 0;
  #cancel: (() => void) | null = null;

  constructor(database: Database, history: History, clock: Clock, index: ClientStore) {
    this.#database = database;
    this.#history = history;
    this.#clock = clock;
    this.#index = index;
    index.run('PRAGMA temp_store = MEMORY');
    index.run(
      `CREATE VIRTUAL TABLE words USING fts5(text, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2')`,
    );
    index.run('CREATE TABLE entry (position INTEGER PRIMARY KEY, contact INTEGER NOT NULL)');
    this.#reached = Number(database.store.get('SELECT max(position) AS last FROM message')?.['last'] ?? 0) + 1;
  }

  /** Goes through the history in the background, newest first. */
  start(): void {
    this.#continueAfter(HEAD_START_MS);
  }

  /** Takes a new or changed message in; after its transaction committed. */
  add(row: Pick<MessageRow, 'position' | 'contact' | 'record'>): void {
    const { text } = row.record;
    this.#database.afterCommit(() => {
      if (row.position >= this.#reached) this.#put(row.position, row.contact, text);
    });
  }

  /** A message whose words are gone: deleted, hidden or disappeared; after its transaction committed. */
  remove(position: number): void {
    this.#database.afterCommit(() => {
      this.#index.run('DELETE FROM words WHERE rowid = ?', position);
    });
  }

  /** Newest first. Finds words by their beginning; usable while the index still grows. */
  find(
    text: string,
    contact: ContactEntry | null,
    limit: number,
  ): { messages: Message[]; indexed: number; total: number } {
    const progress = { indexed: this.#indexed, total: this.#total() };
    const query = queryOf(text);
    if (query === '') return { messages: [], ...progress };
    const wanted = Math.max(1, Math.min(MAX_RESULTS, Math.floor(limit)));
    const found = this.#index.all(
      `SELECT entry.position FROM words JOIN entry ON entry.position = words.rowid
       WHERE words MATCH ? ${contact === null ? '' : 'AND entry.contact = ?'} ORDER BY words.rowid DESC LIMIT ?`,
      query,
      ...(contact === null ? [] : [contact.id]),
      wanted,
    );
    const messages: Message[] = [];
    for (const row of found) {
      const message = this.#history.byPosition(Number(row['position']));
      if (message !== null) messages.push(this.#history.toApi(message));
    }
    return { messages, ...progress };
  }

  /** While the index grows, what it will hold; counted from indexes, without reading a row. */
  #total(): number {
    if (this.#reached === 0) return this.#indexed;
    const { store } = this.#database;
    const rows = Number(store.get('SELECT count(*) AS n FROM message')?.['n'] ?? 0);
    const gaps = Number(store.get('SELECT count(*) AS n FROM message WHERE gap = 1')?.['n'] ?? 0);
    return Math.max(this.#indexed, rows - gaps);
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#index.close();
  }

  #continueAfter(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => {
      this.#cancel = null;
      if (this.#indexChunk()) this.#continueAfter(0);
    });
  }

  /** @returns whether there is more to do */
  #indexChunk(): boolean {
    const rows = this.#history.select(
      'WHERE position < ? AND gap = 0 ORDER BY position DESC LIMIT ?',
      this.#reached,
      CHUNK,
    );
    this.#index.transaction(() => {
      for (const row of rows) this.#insert(row.position, row.contact, row.record.text);
    });
    const last = rows.at(-1);
    this.#reached = rows.length < CHUNK || last === undefined ? 0 : last.position;
    return this.#reached > 0;
  }

  #put(position: number, contact: number, text: string | undefined): void {
    const known = this.#index.get('SELECT 1 AS found FROM entry WHERE position = ?', position) !== undefined;
    if (known) {
      this.#index.run('DELETE FROM words WHERE rowid = ?', position);
      this.#indexed--;
    }
    this.#insert(position, contact, text);
  }

  #insert(position: number, contact: number, text: string | undefined): void {
    this.#indexed++;
    this.#index.run('INSERT OR REPLACE INTO entry (position, contact) VALUES (?, ?)', position, contact);
    if (text !== undefined) this.#index.run('INSERT INTO words (rowid, text) VALUES (?, ?)', position, text);
  }
}

/** Every word of it, each as a beginning; quoted, so that nothing in it is an operator of FTS5. */
function queryOf(text: string): string {
  const words = text.split(/[^\p{L}\p{N}\p{M}]+/u).filter((word) => word !== '');
  return words.map((word) => `"${word}"*`).join(' ');
}
