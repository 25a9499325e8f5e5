import { keyOf } from '../key-of.ts';
import { type StoreItem, type StoreOutcome } from '../relay-store.ts';
import { type StoreLimits, TOMBSTONE_EXTRA_SECONDS, UNPROVEN_SHARE } from '../store-limits.ts';
import { byteaArray, int2Array, int4Array, int8Array } from './binary-array.ts';
import { type Connection } from './connection.ts';
import { type DayHints } from './day-hints.ts';
import { dayOf, type DayPartitions } from './day-partitions.ts';
import { changeParameters, noChange, type QueueChange, type QueueRow, type QueueRows } from './queue-rows.ts';
import { ATTEMPTS, type Transactions, TryAgain } from './transactions.ts';
import { away, codeOf, SQLSTATE } from './database-error.ts';

export const LANES = ['contact', 'stranger'] as const;

// Drawn while the queues are locked: so sequences rise in commit order. Those of what is not stored are left out.
const LOOK_UP = {
  name: 'look-up-envelopes',
  text: `SELECT nextval('envelope_seq') AS seq,
      EXISTS (SELECT FROM envelope e WHERE e.queue = w.queue AND e.id = w.id AND e.exp_day = w.day) AS held,
      EXISTS (SELECT FROM tombstone t WHERE t.queue = w.queue AND t.id = w.id AND t.exp_day = w.day
        AND t.expires + ${TOMBSTONE_EXTRA_SECONDS} > (SELECT through FROM expired)) AS taken
    FROM unnest($1::int8[], $2::int4[], $3::bytea[]) AS w (queue, day, id)`,
};
const LOOK_UP_ELSEWHERE = {
  name: 'look-up-elsewhere',
  text: `SELECT w.ord FROM unnest($1::int8[], $2::bytea[]) WITH ORDINALITY AS w (queue, id, ord)
    JOIN elsewhere e ON e.queue = w.queue AND e.id = w.id`,
};
const LOCK_TOKENS = {
  name: 'lock-tokens',
  text: `SELECT w.ord FROM unnest($1::bytea[], $2::bytea[]) WITH ORDINALITY AS w (mailbox, hash, ord)
    JOIN token t ON t.mailbox = w.mailbox AND t.hash = w.hash WHERE NOT t.spent
    ORDER BY t.mailbox, t.hash FOR UPDATE OF t`,
};
const SPEND_TOKENS = {
  name: 'spend-tokens',
  text: `UPDATE token t SET spent = true FROM unnest($1::bytea[], $2::bytea[]) AS w (mailbox, hash)
    WHERE t.mailbox = w.mailbox AND t.hash = w.hash`,
};
const INSERT = {
  name: 'insert-envelopes',
  text: `WITH stored AS (
      INSERT INTO envelope (queue, seq, exp_day, lane, expires, id, body)
      SELECT * FROM unnest($7::int8[], $8::int8[], $9::int4[], $10::int2[], $11::int8[], $12::bytea[], $13::bytea[]))
    UPDATE queue q SET head = greatest(q.head, w.head), contacts = q.contacts + w.contacts,
      contact_bytes = q.contact_bytes + w.contact_bytes, strangers = q.strangers + w.strangers
    FROM unnest($1::int8[], $2::int8[], $3::int4[], $4::int8[], $5::int4[], $6::int4[])
      AS w (queue, head, contacts, contact_bytes, strangers, elsewhere)
    WHERE q.queue = w.queue`,
};

interface Found {
  readonly seq: number;
  readonly held: boolean;
  readonly taken: boolean;
}

/** One item on its way, and what was found about it. */
interface Candidate {
  readonly item: StoreItem;
  readonly day: number;
  readonly row: QueueRow;
  found: Found;
  takenElsewhere: boolean;
  tokenIsValid: boolean;
}

/** Stores batches, each in one transaction. */
export class Storing {
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

  async store(items: readonly StoreItem[]): Promise<StoreOutcome[]> {
    if (items.length === 0) return [];
    const places = new Map<string, number>();
    const firsts: StoreItem[] = [];
    const placeOf = items.map((item) => {
      const key = `${item.device}/${keyOf(item.mailbox)}`;
      let place = places.get(key);
      if (place === undefined) {
        places.set(key, (place = firsts.length));
        firsts.push(item);
      }
      return place;
    });
    const days = items.map(({ expires }) => dayOf(expires));
    for (let attempt = 1; ; attempt++) {
      await this.#days.ensure(days);
      await this.#queues.ensure(firsts);
      try {
        const outcomes = await this.#transactions.write(async (connection) => {
          const rows = await this.#queues.lockKnown(connection, firsts);
          return this.#storeLocked(
            connection,
            rows,
            items.map((item, at) => ({ item, day: days[at]!, row: rows[placeOf[at]!]! })),
          );
        }, 'storing');
        for (const [at, outcome] of outcomes.entries()) {
          if (outcome === 'stored' || outcome === 'duplicate') this.#hints.add(items[at]!.id, days[at]!);
        }
        return outcomes;
      } catch (error) {
        if (!(error instanceof TryAgain)) throw error;
        if (attempt === ATTEMPTS) throw away('it changes while it is asked');
      }
    }
  }

  async #storeLocked(
    connection: Connection,
    rows: readonly QueueRow[],
    wanted: readonly Pick<Candidate, 'item' | 'day' | 'row'>[],
  ): Promise<StoreOutcome[]> {
    const candidates = await this.#lookUp(connection, wanted);
    const changes = new Map(rows.map(({ queue }) => [queue, noChange()]));
    const stored = new Set<Candidate>();
    const seen = new Set<string>();
    const spent = new Set<string>();
    const outcomes = candidates.map((candidate): StoreOutcome => {
      const { item, row, found } = candidate;
      const key = `${row.queue}/${keyOf(item.id)}`;
      if (found.held || seen.has(key)) return 'duplicate';
      if (found.taken || candidate.takenElsewhere) return 'acknowledged';
      const token = item.tokenHash === null ? null : keyOf(item.mailbox) + keyOf(item.tokenHash);
      if (token !== null && (!candidate.tokenIsValid || spent.has(token))) return 'token-used';
      const change = changes.get(row.queue)!;
      if (!this.#hasRoom(item, row, change)) return 'quota';
      if (token !== null) spent.add(token);
      seen.add(key);
      stored.add(candidate);
      change.head = found.seq;
      if (item.lane === 'contact') {
        change.contacts++;
        change.contactBytes += item.body.length;
      } else {
        change.strangers++;
      }
      return 'stored';
    });
    await this.#insert(connection, [...stored], changes);
    return outcomes;
  }

  async #lookUp(
    connection: Connection,
    wanted: readonly Pick<Candidate, 'item' | 'day' | 'row'>[],
  ): Promise<Candidate[]> {
    const queues = int8Array(wanted.map(({ row }) => row.queue));
    const ids = byteaArray(wanted.map(({ item }) => item.id));
    const days = int4Array(wanted.map(({ day }) => day));
    const found = await connection.run<Found>(LOOK_UP, [queues, days, ids]);
    const candidates = wanted.map((one, at) => ({
      ...one,
      found: found[at]!,
      takenElsewhere: false,
      tokenIsValid: false,
    }));
    if (wanted.some(({ row }) => row.elsewhere > 0)) {
      const taken = await connection.run<{ ord: number }>(LOOK_UP_ELSEWHERE, [queues, ids]);
      for (const { ord } of taken) candidates[ord - 1]!.takenElsewhere = true;
    }
    const withToken = candidates.filter(({ item }) => item.tokenHash !== null);
    if (withToken.length > 0) {
      const valid = await connection.run<{ ord: number }>(LOCK_TOKENS, tokenParameters(withToken));
      for (const { ord } of valid) withToken[ord - 1]!.tokenIsValid = true;
    }
    return candidates;
  }

  async #insert(
    connection: Connection,
    stored: readonly Candidate[],
    changes: ReadonlyMap<number, QueueChange>,
  ): Promise<void> {
    try {
      await connection.run(INSERT, [
        ...changeParameters(changes),
        int8Array(stored.map(({ row }) => row.queue)),
        int8Array(stored.map(({ found }) => found.seq)),
        int4Array(stored.map(({ day }) => day)),
        int2Array(stored.map(({ item }) => LANES.indexOf(item.lane))),
        int8Array(stored.map(({ item }) => item.expires)),
        byteaArray(stored.map(({ item }) => item.id)),
        byteaArray(stored.map(({ item }) => item.body)),
      ]);
    } catch (error) {
      if (codeOf(error) !== SQLSTATE.noPartition) throw error;
      // Dropped by another process: of a day that is long over.
      this.#days.forget();
      throw new TryAgain();
    }
    const withToken = stored.filter(({ item }) => item.tokenHash !== null);
    if (withToken.length > 0) await connection.run(SPEND_TOKENS, tokenParameters(withToken));
  }

  #hasRoom({ lane, body, unproven }: StoreItem, row: QueueRow, change: QueueChange): boolean {
    const { contactEnvelopes, contactBytes, strangerEnvelopes } = this.#limits;
    if (lane === 'stranger') return row.strangers + change.strangers < strangerEnvelopes;
    const share = unproven === true ? UNPROVEN_SHARE : 1;
    const bytes = row.contactBytes + change.contactBytes + body.length;
    return row.contacts + change.contacts < contactEnvelopes * share && bytes <= contactBytes * share;
  }
}

const tokenParameters = (candidates: readonly Candidate[]): Buffer[] => [
  byteaArray(candidates.map(({ item }) => item.mailbox)),
  byteaArray(candidates.map(({ item }) => item.tokenHash!)),
];
