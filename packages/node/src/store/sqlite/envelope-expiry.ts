import { type DatabaseSync } from 'node:sqlite';
import { TOMBSTONE_EXTRA_SECONDS } from '../store-limits.ts';
import { type EnvelopeTables } from './envelope-tables.ts';
import { type LaneNumber, subtract } from './mailboxes.ts';
import { keyOfId } from './short-id.ts';

/** Rows looked at in one transaction, so that expiry never holds up the others for long. */
const SLICE = 1_000;
const SETTLED_ROWS = 4_000;

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
  /** Whether the run under way has settled what was recent. */
  #settled = false;
  /** No settled envelope expires by this time: the scan starts here, not among 80 minutes of tombstones. */
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
    if (!this.#settled) {
      this.#settled = recent.settleAll(SETTLED_ROWS);
      return { removed: 0, more: true };
    }
    this.#clearThrough = Math.min(this.#clearThrough, nowSeconds, recent.takeEarliestExpiry() - 1);
    const { found, removed } = this.#removeExpired(nowSeconds);
    if (found === SLICE && removed > 0) return { removed, more: true };
    this.#clearThrough = nowSeconds;
    const tombstones = this.#statements.removeTombstones.run(nowSeconds - TOMBSTONE_EXTRA_SECONDS).changes;
    if (tombstones === SLICE || this.#tables.elsewhere.expire(nowSeconds, SLICE) === SLICE) {
      return { removed, more: true };
    }
    this.#settled = false;
    return { removed, more: false };
  }

  #removeExpired(nowSeconds: number): { found: number; removed: number } {
    const { recent, mailboxes } = this.#tables;
    const rows = this.#statements.selectExpired.all(this.#clearThrough, nowSeconds, recent.settledThrough);
    let removed = 0;
    for (const { expires, id, sequence, mailbox, lane, bytes } of rows) {
      // Acknowledged a moment ago: the next settlement removes it, and leaves a tombstone.
      if (recent.get(keyOfId(id as Uint8Array)) !== undefined) continue;
      removed++;
      this.#statements.removeKnown.run(expires!, id!);
      this.#statements.remove.run(sequence!);
      this.#statements.removeWaiting.run(mailbox!, sequence!);
      const cached = mailboxes.cached(Number(mailbox));
      if (cached !== null) subtract(cached.usage[lane as LaneNumber], Number(bytes));
    }
    return { found: rows.length, removed };
  }
}
