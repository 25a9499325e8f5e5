import { type DatabaseSync } from 'node:sqlite';
import { type Sequenced, SequenceList } from '../sequence-list.ts';
import { partitionOf } from '../partition-of.ts';
import { keyOf16 } from './short-id.ts';

export const CONTACT = 0;
export const STRANGER = 1;
export type LaneNumber = typeof CONTACT | typeof STRANGER;

/** An envelope that is not settled yet: queued, or (gone) acknowledged. */
export interface Recent extends Sequenced {
  /** null: it was acknowledged after it had been settled once; what is left to do is removal. */
  readonly mailbox: Mailbox | null;
  /** keyOfId. */
  readonly key: string;
  readonly lane: LaneNumber;
  readonly expires: number;
  readonly bytes: number;
}

export interface Usage {
  envelopes: number;
  bytes: number;
}

export function subtract(usage: Usage, bytes: number): void {
  usage.envelopes--;
  usage.bytes -= bytes;
}

/** One device's queue. */
export interface Mailbox {
  readonly number: number;
  readonly recent: SequenceList<Recent>;
  /** By lane, recent ones included. */
  readonly usage: readonly [Usage, Usage];
  /** The highest sequence given out since the mailbox came into memory: what is acknowledged is hardly above. */
  handedOutThrough: number;
  /** Its rows in `taken_elsewhere`. */
  elsewhere: number;
}

/** Mailboxes whose counters are kept in memory without a recent envelope. */
const CACHED = 20_000;

/**
 * Counters are not stored: they are counted from `waiting` when a mailbox is first used, so that they are exact by
 * construction, and no commit has to write them.
 */
export class Mailboxes {
  readonly #select;
  readonly #insert;
  readonly #selectUsage;
  readonly #selectName;
  readonly #selectElsewhere;
  readonly #byName = new Map<string, Mailbox>();
  readonly #byNumber = new Map<number, Mailbox>();

  constructor(database: DatabaseSync) {
    this.#select = database.prepare('SELECT number FROM mailbox WHERE account = ? AND device = ?');
    this.#insert = database.prepare('INSERT INTO mailbox (account, device, partition) VALUES (?, ?, ?)');
    this.#selectElsewhere = database.prepare('SELECT count(*) AS count FROM taken_elsewhere WHERE mailbox = ?');
    this.#selectName = database.prepare('SELECT account, device FROM mailbox WHERE number = ?');
    this.#selectUsage = database.prepare(
      `SELECT lane, count(*) AS envelopes, sum(bytes) AS bytes FROM waiting
       WHERE mailbox = ? AND sequence <= ? GROUP BY lane`,
    );
  }

  /** null: nothing was ever stored for it. */
  find(account: Uint8Array, device: number, settledThrough: number): Mailbox | null {
    const name = nameOf(account, device);
    const cached = this.#byName.get(name);
    if (cached !== undefined) return cached;
    const row = this.#select.get(account, device);
    return row === undefined ? null : this.#add(name, Number(row['number']), settledThrough);
  }

  /** Without its counters when they are not in memory: then it has no recent envelopes. null: as find(). */
  peek(account: Uint8Array, device: number): { number: number; recent: SequenceList<Recent> | null } | null {
    const cached = this.#byName.get(nameOf(account, device));
    if (cached !== undefined) return cached;
    const row = this.#select.get(account, device);
    return row === undefined ? null : { number: Number(row['number']), recent: null };
  }

  /** To be called when find() gave null. */
  create(account: Uint8Array, device: number, settledThrough: number): Mailbox {
    const { lastInsertRowid } = this.#insert.run(account, device, partitionOf(account));
    return this.#add(nameOf(account, device), Number(lastInsertRowid), settledThrough);
  }

  /** The mailbox must exist. */
  get(number: number, settledThrough: number): Mailbox {
    const cached = this.#byNumber.get(number);
    if (cached !== undefined) return cached;
    const row = this.#selectName.get(number)!;
    return this.#add(nameOf(row['account'] as Uint8Array, Number(row['device'])), number, settledThrough);
  }

  /** The mailbox if its counters are in memory. */
  cached(number: number): Mailbox | null {
    return this.#byNumber.get(number) ?? null;
  }

  clear(): void {
    this.#byName.clear();
    this.#byNumber.clear();
  }

  #add(name: string, number: number, settledThrough: number): Mailbox {
    if (this.#byName.size >= CACHED) this.#evict();
    const usage: [Usage, Usage] = [
      { envelopes: 0, bytes: 0 },
      { envelopes: 0, bytes: 0 },
    ];
    for (const { lane, envelopes, bytes } of this.#selectUsage.all(number, settledThrough)) {
      usage[lane as LaneNumber] = { envelopes: Number(envelopes), bytes: Number(bytes) };
    }
    const elsewhere = Number(this.#selectElsewhere.get(number)!['count']);
    const mailbox = { number, usage, recent: new SequenceList<Recent>(), handedOutThrough: 0, elsewhere };
    this.#byName.set(name, mailbox);
    this.#byNumber.set(number, mailbox);
    return mailbox;
  }

  #evict(): void {
    for (const [name, mailbox] of this.#byName) {
      if (mailbox.recent.size > 0) continue;
      this.#byName.delete(name);
      this.#byNumber.delete(mailbox.number);
    }
  }
}

const nameOf = (account: Uint8Array, device: number): string =>
  keyOf16(account, 0) + keyOf16(account, 16) + String.fromCharCode(device);
