/**
 * Amendments as they are kept: those of this device with what they say, as somebody may ask for them again; those that
 * came, so that it is known that they did, and what they say as long as their message is not here. What an amendment
 * did stands in the message itself.
 */
import type { MessageState } from '../api.ts';
import type { Database } from '../store/database.ts';
import { stateNumber, stateOf } from '../history/message-state.ts';
import type { SqlRow } from '../ports.ts';
import type { Amendment, Author } from './amendment.ts';
import type { Stamp } from './stamp.ts';

/** Sealed part. Without `amendment`, what it said is gone. */
interface AmendmentRecord {
  readonly amendment?: Amendment;
  readonly stamp: Stamp;
}

export interface AmendmentRow {
  readonly number: number;
  readonly contact: number;
  readonly contentId: Uint8Array;
  readonly target: Uint8Array;
  readonly author: Author;
  readonly device: number;
  /** Of an own one: the counter it was given; else 0. */
  readonly order: number;
  readonly state: MessageState;
  readonly problem: number;
  readonly record: AmendmentRecord;
}

export type NewAmendment = Omit<AmendmentRow, 'number' | 'order' | 'problem' | 'target' | 'record'> & {
  readonly amendment: Amendment;
  readonly stamp: Stamp;
  /** Its target is not here yet. */
  readonly waits: boolean;
};

const COLUMNS = 'number, contact, content_id, target, outgoing, device, ord, state, problem, sealed';
/** Amendments of one contact that are remembered; the oldest give way. */
const MAX_REMEMBERED = 500;

export class AmendmentRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** One that is there already stays as it is. Inside a transaction. */
  insert({ contact, contentId, author, device, state, amendment, stamp, waits }: NewAmendment): void {
    if (this.find(contact, contentId) !== null) return;
    const number = this.#database.next('amendment');
    const record: AmendmentRecord = waits || state === 'waiting' ? { amendment, stamp } : { stamp };
    this.#database.store.run(
      `INSERT INTO amendment (number, contact, content_id, target, outgoing, device, ord, state, problem, waits, sealed)
       VALUES (?, ?, ?, ?, ?, ?, 0, ?, 0, ?, ?)`,
      number,
      contact,
      contentId,
      amendment.target,
      author === 'self' ? 1 : 0,
      device,
      stateNumber(state),
      waits ? 1 : 0,
      this.#database.rows.sealRecord('amendment', number, record),
    );
    if (author === 'them') this.#limit(contact);
  }

  find(contact: number, contentId: Uint8Array): AmendmentRow | null {
    return this.#select('WHERE contact = ? AND content_id = ?', contact, contentId)[0] ?? null;
  }

  /** An own one by the order that this device gave it. */
  byOrder(contact: number, device: number, order: number): AmendmentRow | null {
    const where = 'WHERE contact = ? AND device = ? AND ord = ? AND outgoing = 1 AND ord > 0';
    return this.#select(where, contact, device, order)[0] ?? null;
  }

  /** The first order that the own device gave to one after this order. */
  nextOrder(contact: number, device: number, order: number): number | null {
    const where = 'WHERE contact = ? AND device = ? AND ord > ? AND outgoing = 1 AND ord > 0 ORDER BY ord LIMIT 1';
    return this.#select(where, contact, device, order)[0]?.order ?? null;
  }

  /** Everything kept about one message, oldest first. */
  about(contact: number, target: Uint8Array): AmendmentRow[] {
    return this.#select('WHERE contact = ? AND target = ? ORDER BY number', contact, target);
  }

  /** The newest that an own device wrote. */
  writtenBy(device: number, limit: number): AmendmentRow[] {
    return this.#select('WHERE outgoing = 1 AND device = ? ORDER BY number DESC LIMIT ?', device, limit);
  }

  /** Takes out what waited for this message. */
  takeWaiting(contact: number, target: Uint8Array): AmendmentRow[] {
    const rows = this.#select('WHERE contact = ? AND target = ? AND waits = 1 ORDER BY number', contact, target);
    for (const row of rows) this.wipe(row);
    return rows;
  }

  /** An own one about this message that did not get there. */
  failedAbout(contact: number, target: Uint8Array): AmendmentRow | null {
    return (
      this.#select('WHERE contact = ? AND target = ? AND state = 5 ORDER BY number', contact, target).at(-1) ?? null
    );
  }

  /** Own ones to this contact that no node has yet. */
  unsent(contact: number): AmendmentRow[] {
    return this.#select('WHERE contact = ? AND outgoing = 1 AND state < 2 ORDER BY number', contact);
  }

  /** How many own ones no node has yet. */
  waiting(): number {
    const row = this.#database.store.get('SELECT count(*) AS n FROM amendment WHERE outgoing = 1 AND state < 2');
    return Number(row?.['n'] ?? 0);
  }

  setOrder(number: number, order: number): void {
    this.#database.store.run('UPDATE amendment SET ord = ? WHERE number = ?', order, number);
  }

  setState(number: number, state: MessageState, problem: number): void {
    this.#database.store.run(
      'UPDATE amendment SET state = ?, problem = ? WHERE number = ?',
      stateNumber(state),
      problem,
      number,
    );
  }

  /** What it said is gone; its id and order stay, so that who asks for it again gets an answer. */
  wipe({ number, record }: AmendmentRow): void {
    const wiped: AmendmentRecord = { stamp: record.stamp };
    const sealed = this.#database.rows.sealRecord('amendment', number, wiped);
    this.#database.store.run('UPDATE amendment SET sealed = ?, waits = 0 WHERE number = ?', sealed, number);
  }

  remove(number: number): void {
    this.#database.store.run('DELETE FROM amendment WHERE number = ?', number);
  }

  #limit(contact: number): void {
    this.#database.store.run(
      `DELETE FROM amendment WHERE contact = ?1 AND outgoing = 0 AND number <= (
         SELECT number FROM amendment WHERE contact = ?1 AND outgoing = 0 ORDER BY number DESC LIMIT 1 OFFSET ${MAX_REMEMBERED})`,
      contact,
    );
  }

  #select(where: string, ...values: (number | Uint8Array)[]): AmendmentRow[] {
    return this.#database.store
      .all(`SELECT ${COLUMNS} FROM amendment ${where}`, ...values)
      .map((row) => this.#read(row));
  }

  #read(row: SqlRow): AmendmentRow {
    const number = Number(row['number']);
    return {
      number,
      contact: Number(row['contact']),
      contentId: row['content_id'] as Uint8Array,
      target: row['target'] as Uint8Array,
      author: row['outgoing'] === 1 ? 'self' : 'them',
      device: Number(row['device']),
      order: Number(row['ord']),
      state: stateOf(row['state']),
      problem: Number(row['problem']),
      record: this.#database.rows.openRecord('amendment', number, row['sealed']) as AmendmentRecord,
    };
  }
}
