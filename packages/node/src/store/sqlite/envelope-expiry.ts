import { type DatabaseSync } from 'node:sqlite';
import { TOMBSTONE_EXTRA_SECONDS } from '../store-limits.ts';
import { type EnvelopeTables, subtract } from './envelope-tables.ts';
import { type LaneNumber } from './mailboxes.ts';

/** Rows looked at in one transaction, so that expiry never holds up the others for long. */
const SLICE = 1_000;

export interface ExpirySlice {
  /** Envelopes removed. */
  readonly removed: number;
  /** Call again. */
  readonly more: boolean;
}

/** Removal of what has expired, slice by slice, from the settled envelopes: the recent ones are settled first. */
export class EnvelopeExpiry {
  readonly #tables: EnvelopeTables;
  readonly #statements;
  /** What a run that is under way still has to settle. */
  #settleThrough: number | null = null;
  /** No settled envelope expires by this time: the scan starts here, not among 20 minutes of tombstones. */
  #clearThrough = 0;

  constructor(database: DatabaseSync, tables: EnvelopeTables) {
    this.#tables = tables;
    this.#statements = {
      selectExpired: database.prepare(
        `SELECT known.expires, known.id, sequence, mailbox, lane, length(body) AS bytes
         FROM known LEFT JOIN envelope USING (sequence)
         WHERE known.expires > ? AND known.expires <= ? AND sequence > 0 AND sequence <= ? LIMIT ${SLICE}`,
      ),
      removeKnown: database.prepare('DELETE FROM known WHERE expires = ? AND id = ?'),
      removeWaiting: database.prepare('DELETE FROM waiting WHERE mailbox = ? AND sequence = ?'),
      remove: database.prepare('DELETE FROM envelope WHERE sequence = ?'),
      removeTombstones: database.prepare(
        `DELETE FROM known WHERE (expires, id) IN
           (SELECT expires, id FROM known WHERE expires <= ? AND sequence = 0 LIMIT ${SLICE})`,
      ),
    };
  }

  step(nowSeconds: number): ExpirySlice {
    const { recent } = this.#tables;
    this.#settleThrough ??= recent.newest;
    if (recent.settledThrough < this.#settleThrough) {
      recent.settle(SLICE, true);
      return { removed: 0, more: true };
    }
    this.#clearThrough = Math.min(this.#clearThrough, nowSeconds, recent.takeEarliestExpiry() - 1);
    const removed = this.#removeExpired(nowSeconds);
    if (removed === SLICE) return { removed, more: true };
    this.#clearThrough = nowSeconds;
    const tombstones = this.#statements.removeTombstones.run(nowSeconds - TOMBSTONE_EXTRA_SECONDS).changes;
    if (tombstones === SLICE) return { removed, more: true };
    this.#settleThrough = null;
    return { removed, more: false };
  }

  #removeExpired(nowSeconds: number): number {
    const rows = this.#statements.selectExpired.all(this.#clearThrough, nowSeconds, this.#tables.recent.settledThrough);
    for (const { expires, id, sequence, mailbox, lane, bytes } of rows) {
      this.#statements.removeKnown.run(expires!, id!);
      if (mailbox === null) continue;
      this.#statements.remove.run(sequence!);
      this.#statements.removeWaiting.run(mailbox!, sequence!);
      const cached = this.#tables.mailboxes.cached(Number(mailbox));
      if (cached !== null) subtract(cached.usage[lane as LaneNumber], Number(bytes));
    }
    return rows.length;
  }
}
