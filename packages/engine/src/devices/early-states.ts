/**
 * Receipts for a message whose copy has not come from the other device yet, and messages read on another device
 * before they came here: kept until the message is here (DEV-11).
 */
import type { Database } from '../store/database.ts';

const KINDS = { delivered: 1, read: 2, 'read-here': 3 } as const;
/** `delivered`, `read`: the recipient says so. `read-here`: the owner of this account read it. */
export type EarlyState = keyof typeof KINDS;

/** Of one contact; the oldest give way. */
const MAX_KEPT = 2000;

export class EarlyStates {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Inside a transaction. */
  note(contact: number, contentId: Uint8Array, state: EarlyState, nowMs: number): void {
    const { store } = this.#database;
    store.run(
      'INSERT OR IGNORE INTO early_state (contact, content_id, kind, created_at) VALUES (?, ?, ?, ?)',
      contact,
      contentId,
      KINDS[state],
      nowMs,
    );
    const count = Number(store.get('SELECT count(*) AS n FROM early_state WHERE contact = ?', contact)?.['n'] ?? 0);
    if (count <= MAX_KEPT) return;
    // Much may come in one moment: only as many give way as are too many, and not what was just noted.
    store.run(
      `DELETE FROM early_state WHERE contact = ?1 AND (content_id, kind) IN (
         SELECT content_id, kind FROM early_state WHERE contact = ?1 ORDER BY created_at, content_id = ?2 LIMIT ?3)`,
      contact,
      contentId,
      count - MAX_KEPT,
    );
  }

  /** Takes out what is known of a message, weakest first. Inside a transaction. */
  take(contact: number, contentId: Uint8Array): EarlyState[] {
    const { store } = this.#database;
    const rows = store.all(
      'SELECT kind FROM early_state WHERE contact = ? AND content_id = ? ORDER BY kind',
      contact,
      contentId,
    );
    if (rows.length === 0) return [];
    store.run('DELETE FROM early_state WHERE contact = ? AND content_id = ?', contact, contentId);
    const found = rows.map((row) => Number(row['kind']));
    return (Object.keys(KINDS) as EarlyState[]).filter((state) => found.includes(KINDS[state]));
  }

  prune(beforeMs: number): void {
    this.#database.store.run('DELETE FROM early_state WHERE created_at < ?', beforeMs);
  }
}
