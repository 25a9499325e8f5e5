import { TOMBSTONE_EXTRA_SECONDS } from '../store-limits.ts';
import { byteaArray, int8Array } from './binary-array.ts';
import { type Connection } from './connection.ts';
import { dayOf, type DayPartitions } from './day-partitions.ts';
import { changeQueues, lockNumbers, noChange, type QueueChange } from './queue-rows.ts';
import { type EnvelopePlace, remove, subtract } from './removal.ts';
import { type Transactions } from './transactions.ts';

/** Rows removed in one transaction, so that nobody waits for long. */
const SLICE = 1_000;
const EXPIRING_LOCK = 0x65_78_70_69;
/** When nearly everything expires that is sent now: made before somebody needs it. */
const USUAL_SPAN_SECONDS = 14 * 86_400;

const FIND = {
  name: 'find-expired',
  text: `SELECT queue, id, exp_day AS day FROM envelope WHERE exp_day <= $1::int4 AND expires <= $2::int8 LIMIT ${SLICE}`,
};
const REMOVE_ELSEWHERE = {
  name: 'remove-elsewhere',
  text: `DELETE FROM elsewhere e USING unnest($1::int8[], $2::bytea[]) AS w (queue, id)
    WHERE e.queue = w.queue AND e.id = w.id RETURNING e.queue`,
};
const FIND_ELSEWHERE = {
  name: 'find-expired-elsewhere',
  text: `SELECT queue, id FROM elsewhere WHERE expires <= $1::int8 LIMIT ${SLICE}`,
};
const NOTE = {
  name: 'note-expired',
  text: 'UPDATE expired SET through = greatest(through, $1::int8)',
};

interface Slice {
  readonly removed: number;
  readonly more: boolean;
}

/**
 * What expired goes row by row, slice by slice, for the counters' sake; most was acknowledged long before. Days that are
 * over are dropped with all their tombstones. Of several processes one does it at a time.
 */
export class Expiry {
  readonly #transactions: Transactions;
  readonly #days: DayPartitions;

  constructor(transactions: Transactions, days: DayPartitions) {
    this.#transactions = transactions;
    this.#days = days;
  }

  /** @returns how many envelopes went */
  async expire(nowSeconds: number): Promise<number> {
    let removed = 0;
    for (let more = true; more;) {
      const slice = await this.#slice((connection) => removeExpired(connection, nowSeconds));
      if (slice === null) return removed;
      removed += slice.removed;
      more = slice.more;
    }
    for (let more = true; more;) {
      const slice = await this.#slice((connection) =>
        removeElsewhere(connection, nowSeconds - TOMBSTONE_EXTRA_SECONDS),
      );
      if (slice === null) return removed;
      more = slice.more;
    }
    await this.#transactions.write((connection) => connection.run(NOTE, [String(nowSeconds)]));
    await this.#days.drop('envelope', nowSeconds, 0);
    await this.#days.drop('tombstone', nowSeconds, TOMBSTONE_EXTRA_SECONDS);
    const usual = dayOf(nowSeconds + USUAL_SPAN_SECONDS);
    await this.#days.ensure([usual, usual + 1]);
    return removed;
  }

  /** null: another process is at it. */
  #slice(work: (connection: Connection) => Promise<Slice>): Promise<Slice | null> {
    return this.#transactions.write(async (connection) => {
      const [lock] = await connection.query<{ ours: boolean }>(
        `SELECT pg_try_advisory_xact_lock(${EXPIRING_LOCK}) AS ours`,
      );
      return lock?.ours === true ? work(connection) : null;
    });
  }
}

async function removeExpired(connection: Connection, nowSeconds: number): Promise<Slice> {
  const found = await connection.run<EnvelopePlace>(FIND, [String(dayOf(nowSeconds)), String(nowSeconds)]);
  if (found.length === 0) return { removed: 0, more: false };
  const changes = changesOf(found);
  await lockNumbers(connection, changes.keys());
  // Some of them may have been acknowledged meanwhile.
  const removed = await remove(connection, found);
  for (const one of removed) subtract(changes, one);
  await changeQueues(connection, changes);
  return { removed: removed.length, more: found.length === SLICE };
}

async function removeElsewhere(connection: Connection, through: number): Promise<Slice> {
  const found = await connection.run<{ queue: number; id: Uint8Array }>(FIND_ELSEWHERE, [String(through)]);
  if (found.length === 0) return { removed: 0, more: false };
  const changes = changesOf(found);
  await lockNumbers(connection, changes.keys());
  const removed = await connection.run<{ queue: number }>(REMOVE_ELSEWHERE, [
    int8Array(found.map(({ queue }) => queue)),
    byteaArray(found.map(({ id }) => id)),
  ]);
  for (const { queue } of removed) changes.get(queue)!.elsewhere--;
  await changeQueues(connection, changes);
  return { removed: removed.length, more: found.length === SLICE };
}

const changesOf = (rows: readonly { readonly queue: number }[]): Map<number, QueueChange> =>
  new Map(rows.map(({ queue }) => [queue, noChange()]));
