import { type DatabaseSync } from 'node:sqlite';
import { BodyRemoval } from './body-removal.ts';
import { CONTACT, type LaneNumber, type Mailboxes, type Recent, subtract } from './mailboxes.ts';
import { Settlement, type SettlementPace } from './settlement.ts';
import { keyOfId, shortIdOf } from './short-id.ts';

/**
 * Envelopes stored or acknowledged since the last settlement. Two generations: the newer one grows while the older
 * one is settled, some rows with each commit. What is acknowledged while its generation is being settled is in both.
 */
export class RecentEnvelopes {
  readonly #pace: SettlementPace;
  readonly #mailboxes: Mailboxes;
  readonly #settlement: Settlement;
  readonly #removal: BodyRemoval;
  readonly #statements;
  /** The newest sequence that was ever recent. */
  #newest = 0;
  #growing = new Map<string, Recent>();
  #settling = new Map<string, Recent>();
  /** Of the older generation: sequences of those acknowledged before it began, and the newest row of `taken` then. */
  #settlingGone: readonly number[] = [];
  #settlingTaken = 0;
  /** The newest row of `taken`. */
  #newestTaken = 0;
  /** Generations that settleAll has still to settle; null: it is not under way. */
  #generationsLeft: number | null = null;
  /** Recent envelopes up to here may have a row in `waiting`, which counts only when the settlement is complete. */
  #touchedThrough = 0;

  constructor(database: DatabaseSync, mailboxes: Mailboxes, pace: SettlementPace) {
    this.#pace = pace;
    this.#mailboxes = mailboxes;
    this.#settlement = new Settlement(database);
    this.#removal = new BodyRemoval(database);
    this.#statements = {
      selectQueued: database.prepare(
        `SELECT sequence, mailbox, lane, expires, id, length(body) AS bytes FROM envelope
         WHERE sequence > ? ORDER BY sequence`,
      ),
      selectTaken: database.prepare('SELECT number, sequence, expires, id FROM taken ORDER BY number'),
      insertTaken: database.prepare('INSERT INTO taken VALUES (?, ?, ?, ?)'),
      removeWaiting: database.prepare('DELETE FROM waiting WHERE mailbox = ? AND sequence = ?'),
    };
  }

  /** Envelopes up to this sequence are in the indexes. */
  get settledThrough(): number {
    return this.#settlement.settledThrough;
  }

  /** As Settlement.takeEarliestExpiry. */
  takeEarliestExpiry(): number {
    return this.#settlement.takeEarliestExpiry();
  }

  load(): void {
    this.#growing = new Map();
    this.#settling = new Map();
    this.#newestTaken = 0;
    this.#settlement.load();
    this.#removal.clear();
    this.#newest = this.settledThrough;
    for (const { number, sequence, expires, id } of this.#statements.selectTaken.iterate()) {
      this.#newestTaken = Number(number);
      this.#growing.set(keyOfId(id as Uint8Array), removal(Number(sequence), Number(expires), id as Uint8Array));
    }
    for (const row of this.#statements.selectQueued.all(this.settledThrough)) {
      const sequence = Number(row['sequence']);
      const key = keyOfId(row['id'] as Uint8Array);
      this.#newest = sequence;
      if (this.#growing.has(key)) continue;
      const mailbox = this.#mailboxes.get(Number(row['mailbox']), this.settledThrough);
      const lane = row['lane'] as LaneNumber;
      this.add({
        sequence,
        mailbox,
        key,
        lane,
        expires: Number(row['expires']),
        bytes: Number(row['bytes']),
        gone: false,
      });
    }
    // A settlement may have been broken off.
    this.#touchedThrough = this.#newest;
  }

  get(key: string): Recent | undefined {
    return this.#growing.get(key) ?? this.#settling.get(key);
  }

  add(recent: Recent): void {
    this.#growing.set(recent.key, recent);
    this.#newest = Math.max(this.#newest, recent.sequence);
    if (recent.mailbox === null) return;
    recent.mailbox.recent.push(recent);
    const usage = recent.mailbox.usage[recent.lane];
    usage.envelopes++;
    usage.bytes += recent.bytes;
  }

  acknowledge(recent: Recent, id: Uint8Array): void {
    const { mailbox, sequence, expires, lane, bytes } = recent;
    if (mailbox === null || recent.gone) return;
    this.#note(sequence, expires, id);
    if (sequence <= this.#touchedThrough) this.#statements.removeWaiting.run(mailbox.number, sequence);
    mailbox.recent.remove(recent);
    subtract(mailbox.usage[lane], bytes);
    this.#growing.set(recent.key, recent);
  }

  /** An envelope that is in the indexes already; its row in `waiting` is gone. */
  acknowledgeSettled(sequence: number, expires: number, shortId: Uint8Array): void {
    this.#note(sequence, expires, shortId);
    const entry = removal(sequence, expires, shortId);
    this.#growing.set(entry.key, entry);
  }

  /** With each commit: goes on with what is under way, or begins when enough has gathered. */
  settleSome(envelopes: number): void {
    const { generation, removals, rowsPerCommit, rowsPerEnvelope } = this.#pace;
    const rows = rowsPerCommit + rowsPerEnvelope * envelopes;
    if (this.#removal.active || this.#removal.gathered >= removals) this.#removal.step(rows);
    else if (this.#settlement.active || this.#growing.size >= generation) this.#settleGeneration(rows);
  }

  /**
   * Writes that many rows at most, towards everything being settled that is recent now.
   * @returns whether all of it is
   */
  settleAll(rows: number): boolean {
    this.#generationsLeft ??= this.#settlement.active ? 2 : 1;
    if (this.#generationsLeft > 0) {
      if (this.#settleGeneration(rows)) this.#generationsLeft--;
      return false;
    }
    // One that is under way may not hold all.
    if (!this.#removal.step(rows) || this.#removal.gathered > 0) return false;
    this.#generationsLeft = null;
    return true;
  }

  /** @returns whether the generation is settled */
  #settleGeneration(rows: number): boolean {
    if (!this.#settlement.active) {
      this.#settling = this.#growing;
      this.#growing = new Map();
      this.#touchedThrough = this.#newest;
      this.#settlingTaken = this.#newestTaken;
      this.#settlement.begin([...this.#settling.values()], this.#newest);
      this.#settlingGone = [...this.#settling.values()].filter(({ gone }) => gone).map(({ sequence }) => sequence);
    }
    if (!this.#settlement.step(rows)) return false;
    this.#removal.add(this.#settlingGone, this.#settlingTaken);
    this.#settling = new Map();
    return true;
  }

  // Numbered here: SQLite would start again from 1 in an empty table, below what the next settlement removes.
  #note(sequence: number, expires: number, id: Uint8Array): void {
    this.#statements.insertTaken.run(++this.#newestTaken, sequence, expires, shortIdOf(id));
  }
}

const removal = (sequence: number, expires: number, id: Uint8Array): Recent => ({
  sequence,
  mailbox: null,
  key: keyOfId(id),
  lane: CONTACT,
  expires,
  bytes: 0,
  gone: true,
});
