import { type DatabaseSync } from 'node:sqlite';
import { keyOf } from '../key-of.ts';
import { CONTACT, type LaneNumber, type Mailboxes, type Recent } from './mailboxes.ts';
import { Settlement } from './settlement.ts';

/** Envelopes that gather in memory before they are settled. More: fewer page writes, longer opening. */
const GENERATION = 8_192;

/**
 * Envelopes newer than the indexes on the disk. Two generations: the newer one grows while the older one is
 * settled, some rows with each commit.
 */
export class RecentEnvelopes {
  readonly #mailboxes: Mailboxes;
  readonly #settlement: Settlement;
  readonly #selectQueued;
  readonly #selectTaken;
  /** The newest sequence that was ever recent. */
  #newest = 0;
  #growing = new Map<string, Recent>();
  #settling = new Map<string, Recent>();
  /** Recent envelopes up to here may have rows in the indexes, which count only when the settlement is complete. */
  #touchedThrough = 0;

  constructor(database: DatabaseSync, mailboxes: Mailboxes) {
    this.#mailboxes = mailboxes;
    this.#settlement = new Settlement(database);
    this.#selectQueued = database.prepare(
      `SELECT sequence, mailbox, lane, expires, id, length(body) AS bytes FROM envelope
       WHERE sequence > ? ORDER BY sequence`,
    );
    this.#selectTaken = database.prepare('SELECT sequence, expires, id FROM taken ORDER BY sequence');
  }

  /** Envelopes up to this sequence are in the indexes. */
  get settledThrough(): number {
    return this.#settlement.settledThrough;
  }

  get newest(): number {
    return this.#newest;
  }

  /** As Settlement.takeEarliestExpiry. */
  takeEarliestExpiry(): number {
    return this.#settlement.takeEarliestExpiry();
  }

  load(): void {
    this.#growing = new Map();
    this.#settling = new Map();
    this.#settlement.load();
    this.#newest = this.settledThrough;
    this.#touchedThrough = this.settledThrough;
    for (const row of this.#selectTaken.iterate()) {
      const sequence = Number(row['sequence']);
      const key = keyOf(row['id'] as Uint8Array);
      const expires = Number(row['expires']);
      this.add({ sequence, mailbox: null, key, lane: CONTACT, expires, bytes: 0, gone: true });
    }
    for (const row of this.#selectQueued.all(this.settledThrough)) {
      const sequence = Number(row['sequence']);
      const mailbox = this.#mailboxes.get(Number(row['mailbox']), this.settledThrough);
      const key = keyOf(row['id'] as Uint8Array);
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

  mayHaveRows(recent: Recent): boolean {
    return recent.sequence <= this.#touchedThrough;
  }

  /**
   * Writes about this many rows towards the indexes; starts with a generation when it is full, or at once when `now`.
   * @returns whether a settlement is under way still
   */
  settle(rows: number, now: boolean): boolean {
    if (!this.#settlement.active) {
      if (this.#growing.size < (now ? 1 : GENERATION)) return false;
      this.#settling = this.#growing;
      this.#growing = new Map();
      this.#settlement.begin([...this.#settling.values()]);
      this.#touchedThrough = this.#settlement.through;
    }
    if (!this.#settlement.step(rows)) return true;
    this.#settling = new Map();
    return false;
  }
}
