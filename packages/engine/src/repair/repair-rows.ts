/** What is known of devices whose messages did not open or never came. Kept over a restart (ENG-40). */
import type { Database } from '../store/database.ts';
import type { SqlRow } from '../ports.ts';

/** The care for one device of a contact. Times in ms since 1970, 0: never. */
export interface RepairRow {
  readonly contact: number;
  readonly device: number;
  /** When it is asked next; 0: there is nothing to ask for. */
  readonly nextAt: number;
  /** Questions since something that was asked for came. */
  readonly asks: number;
  readonly askedAt: number;
  /** Sessions given up since then. */
  readonly restarts: number;
  readonly restartedAt: number;
  /** How often gaps are still asked for. */
  readonly gapRounds: number;
}

/** Contents of one device that are asked for; what is beyond that is found by its order, if it has one. */
const MAX_CONTENTS = 256;
const KEYS = 'contact = ? AND device = ?';

export class RepairRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  find(contact: number, device: number): RepairRow {
    const row = this.#database.store.get(`SELECT * FROM repair WHERE ${KEYS}`, contact, device);
    if (row !== undefined) return read(row);
    return { contact, device, nextAt: 0, asks: 0, askedAt: 0, restarts: 0, restartedAt: 0, gapRounds: 0 };
  }

  write({ contact, device, nextAt, asks, askedAt, restarts, restartedAt, gapRounds }: RepairRow): void {
    this.#database.store.run(
      `INSERT OR REPLACE INTO repair (contact, device, next_at, asks, asked_at, restarts, restarted_at, gap_rounds)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      contact,
      device,
      nextAt,
      asks,
      askedAt,
      restarts,
      restartedAt,
      gapRounds,
    );
  }

  of(contact: number): RepairRow[] {
    return this.#database.store.all('SELECT * FROM repair WHERE contact = ?', contact).map(read);
  }

  due(nowMs: number): RepairRow[] {
    return this.#database.store.all('SELECT * FROM repair WHERE next_at > 0 AND next_at <= ?', nowMs).map(read);
  }

  /** When something is due; null: nothing will be. */
  nextTime(): number | null {
    const row = this.#database.store.get('SELECT min(next_at) AS at FROM repair WHERE next_at > 0');
    return typeof row?.['at'] === 'number' ? row['at'] : null;
  }

  /** A content that could not be opened; the newest time counts. */
  addContent(contact: number, device: number, contentId: Uint8Array, failedAt: number): void {
    const { store } = this.#database;
    const held = store.get(`SELECT count(*) AS n FROM repair_content WHERE ${KEYS}`, contact, device);
    if (Number(held?.['n'] ?? 0) >= MAX_CONTENTS && !this.#has(contact, device, contentId)) return;
    store.run(
      'INSERT OR REPLACE INTO repair_content (contact, device, content_id, failed_at) VALUES (?, ?, ?, ?)',
      contact,
      device,
      contentId,
      failedAt,
    );
  }

  /** The oldest first. */
  contents(contact: number, device: number, limit: number): Uint8Array[] {
    return this.#database.store
      .all(
        `SELECT content_id FROM repair_content WHERE ${KEYS} ORDER BY failed_at, content_id LIMIT ?`,
        contact,
        device,
        limit,
      )
      .map((row) => row['content_id'] as Uint8Array);
  }

  /** 0: nothing failed. */
  newestFailure(contact: number, device: number): number {
    const row = this.#database.store.get(
      `SELECT max(failed_at) AS at FROM repair_content WHERE ${KEYS}`,
      contact,
      device,
    );
    return typeof row?.['at'] === 'number' ? row['at'] : 0;
  }

  /** @returns whether it was asked for */
  removeContent(contact: number, device: number, contentId: Uint8Array): boolean {
    if (!this.#has(contact, device, contentId)) return false;
    this.#database.store.run(`DELETE FROM repair_content WHERE ${KEYS} AND content_id = ?`, contact, device, contentId);
    return true;
  }

  /** Nobody has them any more. */
  forgetBefore(contact: number, device: number, failedAt: number): void {
    this.#database.store.run(`DELETE FROM repair_content WHERE ${KEYS} AND failed_at < ?`, contact, device, failedAt);
  }

  #has(contact: number, device: number, contentId: Uint8Array): boolean {
    const sql = `SELECT 1 AS found FROM repair_content WHERE ${KEYS} AND content_id = ?`;
    return this.#database.store.get(sql, contact, device, contentId) !== undefined;
  }
}

const read = (row: SqlRow): RepairRow => ({
  contact: Number(row['contact']),
  device: Number(row['device']),
  nextAt: Number(row['next_at']),
  asks: Number(row['asks']),
  askedAt: Number(row['asked_at']),
  restarts: Number(row['restarts']),
  restartedAt: Number(row['restarted_at']),
  gapRounds: Number(row['gap_rounds']),
});
