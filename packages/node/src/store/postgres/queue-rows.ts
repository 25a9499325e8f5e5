import { keyOf } from '../key-of.ts';
import { partitionOf } from '../partition-of.ts';
import { type DeviceRef } from '../relay-store.ts';
import { byteaArray, int2Array, int4Array, int8Array } from './binary-array.ts';
import { type Connection } from './connection.ts';
import { type Transactions, TryAgain } from './transactions.ts';

/** The row of a queue, locked by this transaction. */
export interface QueueRow {
  readonly queue: number;
  readonly contacts: number;
  readonly contactBytes: number;
  readonly strangers: number;
  /** Ids that were acknowledged at another home. */
  readonly elsewhere: number;
}

/** What a transaction adds to the counters of a queue. */
export interface QueueChange {
  contacts: number;
  contactBytes: number;
  strangers: number;
  elsewhere: number;
  /** The highest sequence given; 0: none. */
  head: number;
}

const CREATE = {
  name: 'create-queues',
  text: `INSERT INTO queue (mailbox, device, partition)
    SELECT w.mailbox, w.device, w.partition FROM unnest($1::bytea[], $2::int2[], $3::int2[]) AS w (mailbox, device, partition)
    ORDER BY w.mailbox, w.device ON CONFLICT (mailbox, device) DO NOTHING`,
};
// In the order of their numbers, as everybody does: so nobody waits for somebody who waits for him.
const LOCK = {
  name: 'lock-queues',
  text: `SELECT w.ord, q.queue, q.contacts, q.contact_bytes AS "contactBytes", q.strangers, q.elsewhere
    FROM unnest($1::bytea[], $2::int2[]) WITH ORDINALITY AS w (mailbox, device, ord)
    JOIN queue q ON q.mailbox = w.mailbox AND q.device = w.device
    ORDER BY q.queue FOR NO KEY UPDATE OF q`,
};
const LOCK_NUMBERS = {
  name: 'lock-queue-numbers',
  text: `SELECT q.queue FROM unnest($1::int8[]) AS w (queue) JOIN queue q ON q.queue = w.queue
    ORDER BY q.queue FOR NO KEY UPDATE OF q`,
};
const CHANGE = {
  name: 'change-queues',
  text: `UPDATE queue q SET head = greatest(q.head, w.head), contacts = q.contacts + w.contacts,
      contact_bytes = q.contact_bytes + w.contact_bytes, strangers = q.strangers + w.strangers,
      elsewhere = q.elsewhere + w.elsewhere
    FROM unnest($1::int8[], $2::int8[], $3::int4[], $4::int8[], $5::int4[], $6::int4[])
      AS w (queue, head, contacts, contact_bytes, strangers, elsewhere)
    WHERE q.queue = w.queue`,
};

/** Queues whose row is known to exist; beyond that it is asked again. */
const KNOWN = 200_000;

const nameOf = ({ mailbox, device }: DeviceRef): string => `${device}/${keyOf(mailbox)}`;

/** Rows of `queue`: each is made once and stays, for its head must never go back. */
export class QueueRows {
  readonly #transactions: Transactions;
  #known = new Set<string>();

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  /** Makes what is missing, in a transaction of its own: who adds rows while holding others could wait in a circle. */
  async ensure(refs: readonly DeviceRef[]): Promise<void> {
    const unknown = refs.filter((ref) => !this.#known.has(nameOf(ref)));
    if (unknown.length === 0) return;
    await this.#transactions.write((connection) =>
      connection.run(CREATE, [
        byteaArray(unknown.map(({ mailbox }) => mailbox)),
        int2Array(unknown.map(({ device }) => device)),
        int2Array(unknown.map(({ mailbox }) => partitionOf(mailbox))),
      ]),
    );
    if (this.#known.size > KNOWN) this.#known = new Set();
    for (const ref of unknown) this.#known.add(nameOf(ref));
  }

  /** @returns in the order of the refs, which name each queue once; null: there is no such queue */
  async lock(connection: Connection, refs: readonly DeviceRef[]): Promise<(QueueRow | null)[]> {
    const found = await connection.run<QueueRow & { ord: number }>(LOCK, [
      byteaArray(refs.map(({ mailbox }) => mailbox)),
      int2Array(refs.map(({ device }) => device)),
    ]);
    const rows: (QueueRow | null)[] = refs.map(() => null);
    for (const row of found) rows[row.ord - 1] = row;
    return rows;
  }

  /** After ensure(). @throws TryAgain when the database has less than it had: it is another one since */
  async lockKnown(connection: Connection, refs: readonly DeviceRef[]): Promise<QueueRow[]> {
    const rows = await this.lock(connection, refs);
    if (rows.every((row) => row !== null)) return rows;
    this.#known = new Set();
    throw new TryAgain();
  }
}

export async function lockNumbers(connection: Connection, queues: Iterable<number>): Promise<void> {
  await connection.run(LOCK_NUMBERS, [int8Array([...queues])]);
}

export const noChange = (): QueueChange => ({ contacts: 0, contactBytes: 0, strangers: 0, elsewhere: 0, head: 0 });

/**
 * Also when nothing changes: who finds that all was done before must wait for the standby as whoever did it, and a
 * transaction that writes nothing does not wait.
 */
export const changeParameters = (changes: ReadonlyMap<number, QueueChange>): Buffer[] => {
  const all = [...changes.values()];
  return [
    int8Array([...changes.keys()]),
    int8Array(all.map(({ head }) => head)),
    int4Array(all.map(({ contacts }) => contacts)),
    int8Array(all.map(({ contactBytes }) => contactBytes)),
    int4Array(all.map(({ strangers }) => strangers)),
    int4Array(all.map(({ elsewhere }) => elsewhere)),
  ];
};

export async function changeQueues(connection: Connection, changes: ReadonlyMap<number, QueueChange>): Promise<void> {
  if (changes.size > 0) await connection.run(CHANGE, changeParameters(changes));
}
