import { keyOf } from '../key-of.ts';
import { type AcknowledgeItem } from '../relay-store.ts';
import { type EnvelopeRef } from '../ring-store.ts';
import { type StoreLimits, TOMBSTONE_EXTRA_SECONDS } from '../store-limits.ts';
import { byteaArray, int4Array, int8Array } from './binary-array.ts';
import { type Connection } from './connection.ts';
import { away, codeOf, SQLSTATE } from './database-error.ts';
import { type DayHints } from './day-hints.ts';
import { dayOf, type DayPartitions } from './day-partitions.ts';
import {
  changeParameters,
  changeQueues,
  noChange,
  type QueueChange,
  type QueueRow,
  type QueueRows,
} from './queue-rows.ts';
import { type EnvelopePlace, type Removed, remove, subtract } from './removal.ts';
import { ATTEMPTS, type Transactions, TryAgain } from './transactions.ts';

const BURY = {
  name: 'bury',
  text: `WITH buried AS (
      INSERT INTO tombstone (queue, exp_day, expires, id)
      SELECT * FROM unnest($7::int8[], $8::int4[], $9::int8[], $10::bytea[]) ON CONFLICT DO NOTHING)
    UPDATE queue q SET contacts = q.contacts + w.contacts, contact_bytes = q.contact_bytes + w.contact_bytes,
      strangers = q.strangers + w.strangers, elsewhere = q.elsewhere + w.elsewhere
    FROM unnest($1::int8[], $2::int8[], $3::int4[], $4::int8[], $5::int4[], $6::int4[])
      AS w (queue, head, contacts, contact_bytes, strangers, elsewhere)
    WHERE q.queue = w.queue`,
};
const UNKNOWN = {
  name: 'unknown-ids',
  text: `SELECT w.ord FROM unnest($1::int8[], $2::int4[], $3::bytea[]) WITH ORDINALITY AS w (queue, day, id, ord)
    WHERE NOT EXISTS (SELECT FROM tombstone t WHERE t.queue = w.queue AND t.id = w.id AND t.exp_day = w.day
        AND t.expires + ${TOMBSTONE_EXTRA_SECONDS} > (SELECT through FROM expired))
      AND NOT EXISTS (SELECT FROM elsewhere e WHERE e.queue = w.queue AND e.id = w.id)`,
};
const NOTE_ELSEWHERE = {
  name: 'note-elsewhere',
  text: `INSERT INTO elsewhere (queue, id, expires) SELECT * FROM unnest($1::int8[], $2::bytea[], $3::int8[])
    ON CONFLICT DO NOTHING`,
};

/** An id that is not here, from a device that took it at another home. */
interface Elsewhere {
  readonly row: QueueRow;
  readonly id: Uint8Array;
  readonly expires: number;
}

/** Removes envelopes: with a tombstone when they were acknowledged, without when they are kept elsewhere. */
export class Acknowledging {
  readonly #limits: StoreLimits;
  readonly #transactions: Transactions;
  readonly #queues: QueueRows;
  readonly #days: DayPartitions;
  readonly #hints: DayHints;

  constructor(parts: {
    limits: StoreLimits;
    transactions: Transactions;
    queues: QueueRows;
    days: DayPartitions;
    hints: DayHints;
  }) {
    this.#limits = parts.limits;
    this.#transactions = parts.transactions;
    this.#queues = parts.queues;
    this.#days = parts.days;
    this.#hints = parts.hints;
  }

  async acknowledge(items: readonly AcknowledgeItem[]): Promise<void> {
    const named = new Map<string, AcknowledgeItem>();
    for (const item of items) if (item.ids.length > 0) named.set(nameOf(item), item);
    if (named.size === 0) return;
    const refs = [...named.values()];
    const rests = items.filter(({ ids, expires }) => ids.length > 0 && expires !== undefined);
    if (rests.length > 0) await this.#queues.ensure([...new Map(rests.map((item) => [nameOf(item), item])).values()]);
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#transactions.write(async (connection) => {
          const rows = await this.#queues.lock(connection, refs);
          const rowOf = new Map(refs.map((ref, at) => [nameOf(ref), rows[at] ?? null]));
          await this.#acknowledgeLocked(connection, items, rowOf);
        });
        return;
      } catch (error) {
        if (!(error instanceof TryAgain)) throw error;
        if (attempt === ATTEMPTS) throw away('it changes while it is asked');
      }
    }
  }

  /** Of what is named and here. */
  async discard(refs: readonly EnvelopeRef[]): Promise<void> {
    const queues = [...new Map(refs.map((ref) => [nameOf(ref), ref])).values()];
    if (queues.length === 0) return;
    await this.#transactions.write(async (connection) => {
      const rows = await this.#queues.lock(connection, queues);
      const rowOf = new Map(queues.map((ref, at) => [nameOf(ref), rows[at] ?? null]));
      const places = refs.flatMap((ref): EnvelopePlace[] => {
        const row = rowOf.get(nameOf(ref)) ?? null;
        return row === null ? [] : [{ queue: row.queue, id: ref.id, day: dayOf(ref.expires) }];
      });
      const changes = changesOf(rows);
      for (const removed of await remove(connection, places)) subtract(changes, removed);
      await changeQueues(connection, changes);
    });
  }

  async #acknowledgeLocked(
    connection: Connection,
    items: readonly AcknowledgeItem[],
    rowOf: ReadonlyMap<string, QueueRow | null>,
  ): Promise<void> {
    const places: EnvelopePlace[] = [];
    const taken: Elsewhere[] = [];
    for (const item of items) {
      const row = rowOf.get(nameOf(item)) ?? null;
      if (row === null) continue;
      for (const [at, id] of item.ids.entries()) {
        places.push({ queue: row.queue, id, day: this.#hints.get(id) });
        if (item.expires !== undefined) taken.push({ row, id, expires: item.expires[at]! });
      }
    }
    const changes = changesOf([...rowOf.values()]);
    const removed = await remove(connection, places);
    for (const one of removed) subtract(changes, one);
    if (taken.length > 0) await this.#note(connection, taken, removed, changes);
    await this.#bury(connection, removed, changes);
  }

  async #bury(
    connection: Connection,
    removed: readonly Removed[],
    changes: ReadonlyMap<number, QueueChange>,
  ): Promise<void> {
    if (changes.size === 0) return;
    try {
      await connection.run(BURY, [
        ...changeParameters(changes),
        int8Array(removed.map(({ queue }) => queue)),
        int4Array(removed.map(({ day }) => day)),
        int8Array(removed.map(({ expires }) => expires)),
        byteaArray(removed.map(({ id }) => id)),
      ]);
    } catch (error) {
      if (codeOf(error) !== SQLSTATE.noPartition) throw error;
      this.#days.forget();
      await this.#days.ensure(removed.map(({ day }) => day));
      throw new TryAgain();
    }
  }

  /** STORE-30 */
  async #note(
    connection: Connection,
    taken: readonly Elsewhere[],
    removed: readonly Removed[],
    changes: ReadonlyMap<number, QueueChange>,
  ): Promise<void> {
    const seen = new Set(removed.map(({ queue, id }) => `${queue}/${keyOf(id)}`));
    const absent = taken.filter(({ row, id }) => {
      const key = `${row.queue}/${keyOf(id)}`;
      return !seen.has(key) && seen.add(key) !== null;
    });
    const unknown = await connection.run<{ ord: number }>(UNKNOWN, [
      int8Array(absent.map(({ row }) => row.queue)),
      int4Array(absent.map(({ expires }) => dayOf(expires))),
      byteaArray(absent.map(({ id }) => id)),
    ]);
    const noted = unknown
      .map(({ ord }) => absent[ord - 1]!)
      .filter(({ row }) => {
        const change = changes.get(row.queue)!;
        if (row.elsewhere + change.elsewhere >= this.#limits.contactEnvelopes) return false;
        change.elsewhere++;
        return true;
      });
    await connection.run(NOTE_ELSEWHERE, [
      int8Array(noted.map(({ row }) => row.queue)),
      byteaArray(noted.map(({ id }) => id)),
      int8Array(noted.map(({ expires }) => expires)),
    ]);
  }
}

const nameOf = ({ mailbox, device }: { readonly mailbox: Uint8Array; readonly device: number }): string =>
  `${device}/${keyOf(mailbox)}`;

const changesOf = (rows: readonly (QueueRow | null)[]): Map<number, QueueChange> =>
  new Map(rows.flatMap((row) => (row === null ? [] : [[row.queue, noChange()]])));
