/**
 * What this device told the other devices of its account, numbered 1, 2, 3 …: only what it was about is kept, so that
 * it can be told again as it is then, and nothing outlives the message it belongs to (DEV-10).
 */
import type { Database } from '../store/database.ts';
import type { SqlRow } from '../ports.ts';

/** `contact`: its number here. */
export type SyncEvent =
  | { readonly kind: 'sent'; readonly contact: number; readonly contentId: Uint8Array }
  | { readonly kind: 'read'; readonly contact: number; readonly ids: readonly Uint8Array[] }
  | { readonly kind: 'contact'; readonly contact: number }
  | { readonly kind: 'settings' }
  | { readonly kind: 'devices' };

export interface NumberedEvent {
  readonly order: number;
  readonly contentId: Uint8Array;
  readonly createdAt: number;
  readonly event: SyncEvent;
}

const COUNTER = 'sync';
/** A number so far ahead is a fault, or a lie. */
const MAX_JUMP = 1_000_000;
const COLUMNS = 'ord, content_id, created_at, sealed';

export class SyncEvents {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The number that the next one gets. Nothing is left out: what is missing was lost. */
  get next(): number {
    return Number(this.#database.store.get('SELECT value FROM counter WHERE name = ?', COUNTER)?.['value'] ?? 1);
  }

  /** Numbers below this one were given to others, before the storage went back. Inside a transaction. */
  continueAt(next: number): void {
    const sql = 'INSERT OR REPLACE INTO counter (name, value) VALUES (?, ?)';
    const own = this.next;
    if (next > own && next - own <= MAX_JUMP) this.#database.store.run(sql, COUNTER, next);
  }

  /** Inside a transaction. @returns its number */
  append(contentId: Uint8Array, event: SyncEvent, nowMs: number): number {
    const { store, rows } = this.#database;
    const order = this.next;
    store.run('INSERT OR REPLACE INTO counter (name, value) VALUES (?, ?)', COUNTER, order + 1);
    store.run(
      'INSERT INTO sync_event (ord, content_id, created_at, sealed) VALUES (?, ?, ?, ?)',
      order,
      contentId,
      nowMs,
      rows.sealRecord('sync_event', order, event),
    );
    return order;
  }

  byOrder(order: number): NumberedEvent | null {
    const row = this.#database.store.get(`SELECT ${COLUMNS} FROM sync_event WHERE ord = ?`, order);
    return row === undefined ? null : this.#read(row);
  }

  byContent(contentId: Uint8Array): NumberedEvent | null {
    const row = this.#database.store.get(`SELECT ${COLUMNS} FROM sync_event WHERE content_id = ?`, contentId);
    return row === undefined ? null : this.#read(row);
  }

  /** Forgets what is too old to be asked for. */
  prune(beforeMs: number): void {
    this.#database.store.run('DELETE FROM sync_event WHERE created_at < ?', beforeMs);
  }

  #read(row: SqlRow): NumberedEvent {
    const order = Number(row['ord']);
    return {
      order,
      contentId: row['content_id'] as Uint8Array,
      createdAt: Number(row['created_at']),
      event: this.#database.rows.openRecord('sync_event', order, row['sealed']) as SyncEvent,
    };
  }
}
