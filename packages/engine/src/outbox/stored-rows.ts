/** What is at nodes and was not confirmed, by the homes among which it was stored (RING-78). */
import { utf8 } from '@sotto/protocol/crypto';
import type { Database } from '../store/database.ts';

/** Whose homes somebody's are is nobody's business. */
export const homesTag = (database: Database, homes: string): Uint8Array => database.rows.tag('homes', utf8(homes));

export class StoredRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Contacts for whom something is at nodes and was not confirmed. */
  contacts(): number[] {
    return this.#database.store
      .all('SELECT DISTINCT contact FROM outbox WHERE stage = 2')
      .map((row) => Number(row['contact']));
  }

  /** Their homes are these: what was stored among others is due. @returns whether there was any */
  storeAmong(contact: number, homes: string, nowMs: number): boolean {
    const where = 'contact = ?1 AND stage = 2 AND length(homes) > 0 AND homes <> ?2';
    const tag = homesTag(this.#database, homes);
    const found = this.#database.store.get(`SELECT 1 AS found FROM outbox WHERE ${where} LIMIT 1`, contact, tag);
    if (found === undefined) return false;
    this.#database.store.run(`UPDATE outbox SET next_at = ?3, homes = x'' WHERE ${where}`, contact, tag, nowMs);
    return true;
  }
}
