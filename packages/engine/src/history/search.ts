/** Full-text search. The index lives in memory; what is kept of it on the disk is sealed (ENG-12). */
import type { Message } from '../api.ts';
import type { ContactEntry } from '../contacts/contacts.ts';
import type { Database } from '../store/database.ts';
import type { History } from './history.ts';
import type { MessageRow } from './message-row.ts';
import { StoreError } from '../ports.ts';
import type { Clock, MemoryStore } from '../ports.ts';
import { SHARD_SIZE, shardOf } from './search-shard.ts';
import type { SearchShard } from './search-shard.ts';
import { SearchSnapshots } from './search-snapshots.ts';

/** Rows a turn, some milliseconds of work: between turns a key press is answered. */
const CHUNK = 100;
/** The first screen comes first. */
const HEAD_START_MS = 250;
const KEEP_EVERY_MS = 300_000;
/** Shards kept at the end, at most: who closes does not wait. */
const KEEP_AT_CLOSE = 4;
/** Fewer new messages are not worth writing their shard: they are read again in a moment. */
const WORTH_KEEPING = 200;
const MAX_RESULTS = 200;

/** A shard that is made from the history: from `cursor` up, and below `floor`, it is complete. */
interface Filling {
  readonly number: number;
  readonly shard: SearchShard;
  readonly floor: number;
  cursor: number;
}

export class Search {
  readonly #database: Database;
  readonly #history: History;
  readonly #clock: Clock;
  readonly #snapshots: SearchSnapshots;
  /** What is searched, by number. */
  readonly #live = new Map<number, SearchShard>();
  /** May be a second one of a shard that is live: made anew, without the words that were removed. */
  #filling: Filling | null = null;
  /** The next to be restored or made; -1: all are. null: not begun. */
  #next: number | null = null;
  #newest = -1;
  #cancelWork: (() => void) | null = null;
  #cancelKeeping: (() => void) | null = null;

  constructor(
    database: Database,
    history: History,
    clock: Clock,
    openMemoryStore: (image?: Uint8Array) => MemoryStore,
  ) {
    this.#database = database;
    this.#history = history;
    this.#clock = clock;
    this.#snapshots = new SearchSnapshots(database, openMemoryStore);
  }

  /** Goes through the snapshots and the history in the background, newest first. */
  start(): void {
    this.#workAfter(HEAD_START_MS);
    this.#keepLater();
  }

  /** Takes a new or changed message in; after its transaction committed. */
  add(row: Pick<MessageRow, 'position' | 'contact' | 'record'>): void {
    const { text } = row.record;
    this.#database.afterCommit(() => this.#put(row.position, row.contact, text));
  }

  /** A message whose words are gone: deleted, hidden or disappeared; after its transaction committed. */
  remove(position: number): void {
    this.#database.afterCommit(() => {
      const number = shardOf(position);
      this.#live.get(number)?.remove(position);
      if (this.#filling?.number === number) this.#filling.shard.remove(position);
    });
  }

  /** Newest first. Finds words by their beginning; usable while the index still grows. */
  find(
    text: string,
    contact: ContactEntry | null,
    limit: number,
  ): { messages: Message[]; indexed: number; total: number } {
    // Whoever asks in the first moment gets the newest messages at once.
    if (this.#next === null) this.#work();
    const query = queryOf(text);
    const wanted = Math.max(1, Math.min(MAX_RESULTS, Math.floor(limit)));
    const messages: Message[] = [];
    for (const [, shard] of [...this.#live].toSorted(([a], [b]) => b - a)) {
      if (query === '' || messages.length >= wanted) break;
      for (const position of shard.find(query, contact?.id ?? null, wanted - messages.length)) {
        const message = this.#history.byPosition(position);
        if (message !== null) messages.push(this.#history.toApi(message));
      }
    }
    return { messages, ...this.progress() };
  }

  /** How many messages are in the index, and how many there are. */
  progress(): { indexed: number; total: number } {
    let indexed = 0;
    for (const shard of this.#live.values()) indexed += shard.count;
    if (this.#next === -1 && !this.#isFirstFilling()) return { indexed, total: indexed };
    // Counted from indexes, without reading a row.
    const { store } = this.#database;
    const rows = Number(store.get('SELECT count(*) AS n FROM message')?.['n'] ?? 0);
    const gaps = Number(store.get('SELECT count(*) AS n FROM message WHERE gap = 1')?.['n'] ?? 0);
    const hidden = store.get('SELECT count(*) AS n FROM message WHERE hidden = 1 AND expires_at > 0')?.['n'];
    return { indexed, total: Math.max(indexed, rows - gaps - Number(hidden ?? 0)) };
  }

  close(): void {
    this.#cancelWork?.();
    this.#cancelKeeping?.();
    let kept = 0;
    for (const [number, shard] of this.#live) {
      const isWorth = shard.isChanged && shard.isClean && number !== this.#filling?.number;
      if (isWorth && kept < KEEP_AT_CLOSE && this.#hasNews(number)) {
        this.#keep(number, shard);
        kept++;
      }
    }
    this.#filling?.shard.close();
    for (const shard of this.#live.values()) shard.close();
    this.#live.clear();
  }

  #put(position: number, contact: number, text: string | undefined): void {
    const number = shardOf(position);
    if (this.#next !== null && number > this.#newest) this.#begin(number);
    const filling = this.#filling?.number === number ? this.#filling : null;
    const live = this.#live.get(number);
    if (live !== filling?.shard) live?.put(position, contact, text);
    if (filling !== null && (position >= filling.cursor || position < filling.floor)) {
      filling.shard.put(position, contact, text);
    }
  }

  /** History grew into a new shard. */
  #begin(number: number): void {
    this.#newest = number;
    this.#live.set(number, this.#snapshots.empty());
  }

  #workAfter(ms: number): void {
    this.#cancelWork?.();
    this.#cancelWork = this.#clock.after(ms, () => {
      this.#cancelWork = null;
      if (this.#work()) this.#workAfter(0);
    });
  }

  /** A turn's worth. @returns whether there is more to do */
  #work(): boolean {
    if (this.#filling !== null) this.#fill(this.#filling);
    else if (this.#next !== -1) this.#enter(this.#next ?? this.#findNewest());
    return this.#filling !== null || this.#next !== -1;
  }

  #findNewest(): number {
    const last = Number(this.#database.store.get('SELECT max(position) AS last FROM message')?.['last'] ?? 0);
    return (this.#newest = shardOf(last));
  }

  /** What was kept of a shard, then what came since. */
  #enter(number: number): void {
    const start = number * SHARD_SIZE;
    const restored = this.#forgiving(() => this.#snapshots.restore(number)) ?? null;
    const shard = restored?.shard ?? this.#snapshots.empty();
    this.#live.set(number, shard);
    this.#filling = { number, shard, floor: restored === null ? start : restored.upTo + 1, cursor: start + SHARD_SIZE };
    const before = this.#database.store.get('SELECT max(position) AS last FROM message WHERE position < ?', start);
    this.#next = typeof before?.['last'] === 'number' ? shardOf(before['last']) : -1;
    this.#fill(this.#filling);
  }

  #fill(filling: Filling): void {
    const { number, shard, floor } = filling;
    const rows = this.#history.select(
      'WHERE position >= ? AND position < ? AND gap = 0 AND hidden = 0 ORDER BY position DESC LIMIT ?',
      floor,
      filling.cursor,
      CHUNK,
    );
    if (rows.length > 0) {
      shard.putAll(rows.map(({ position, contact, record }) => ({ position, contact, text: record.text })));
    }
    filling.cursor = rows.at(-1)?.position ?? floor;
    if (rows.length === CHUNK) return;
    this.#filling = null;
    const before = this.#live.get(number);
    if (before !== shard) before?.close();
    this.#live.set(number, shard);
    if (shard.isChanged && shard.isClean && this.#hasNews(number)) this.#keep(number, shard);
  }

  #isFirstFilling(): boolean {
    return this.#filling !== null && this.#live.get(this.#filling.number) === this.#filling.shard;
  }

  #keepLater(): void {
    this.#cancelKeeping = this.#clock.after(KEEP_EVERY_MS, () => {
      this.#keepLater();
      this.#keepNext();
    });
  }

  /** One shard: with words in it that are gone, it is made anew first. */
  #keepNext(): void {
    if (this.#next !== -1 || this.#filling !== null) return;
    for (const [number, shard] of this.#live) {
      if (!shard.isChanged || !this.#hasNews(number)) continue;
      if (shard.isClean) {
        this.#keep(number, shard);
      } else {
        const start = number * SHARD_SIZE;
        const cursor = start + SHARD_SIZE;
        this.#filling = { number, shard: this.#snapshots.empty(), floor: start, cursor };
        this.#workAfter(0);
      }
      return;
    }
  }

  /** Whether much of the shard is not in its snapshot. */
  #hasNews(number: number): boolean {
    const upTo = this.#snapshots.upTo(number) ?? number * SHARD_SIZE;
    return this.#lastOf(number) - upTo >= WORTH_KEEPING;
  }

  #keep(number: number, shard: SearchShard): void {
    this.#forgiving(() => this.#snapshots.keep(number, shard, this.#lastOf(number)));
  }

  /** Up to where the shard is complete: of the newest to the last message, of others to their end. */
  #lastOf(number: number): number {
    if (number < this.#newest) return (number + 1) * SHARD_SIZE - 1;
    return Number(this.#database.store.get('SELECT max(position) AS last FROM message')?.['last'] ?? 0);
  }

  /** A snapshot is worth something, but nothing is lost without: a full disk is told by what has to be written. */
  #forgiving<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (error instanceof StoreError) return undefined;
      throw error;
    }
  }
}

/** Every word of it, each as a beginning; quoted, so that nothing in it is an operator of FTS5. */
function queryOf(text: string): string {
  const words = text.split(/[^\p{L}\p{N}\p{M}]+/u).filter((word) => word !== '');
  return words.map((word) => `"${word}"*`).join(' ');
}
