import { type Connection } from './connection.ts';
import { codeOf, SQLSTATE } from './database-error.ts';
import { type Transactions } from './transactions.ts';

const DAY_SECONDS = 86_400;
/** Bodies of this size and their row stay in one piece; larger ones go to the side (TOAST). */
const INLINE_BYTES = 4_400;
const PARTITIONING_LOCK = 0x70_61_72_74;

const TABLES = ['envelope', 'tombstone'] as const;
type Table = (typeof TABLES)[number];

/** The partition by expiry: days since 1970. @param expires s */
export const dayOf = (expires: number): number => Math.floor(expires / DAY_SECONDS);

const partitionName = (table: Table, day: number): string => `${table}_${day}`;

/** The partitions of `envelope` and `tombstone`, one for each day of expiry. */
export class DayPartitions {
  readonly #transactions: Transactions;
  readonly #known = new Set<number>();
  /** By day: being made. */
  readonly #making = new Map<number, Promise<void>>();

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  /** Makes those that are missing. null: nothing to wait for. */
  ensure(days: Iterable<number>): Promise<void> | null {
    let missing: Promise<void>[] | null = null;
    for (const day of days) {
      if (!this.#known.has(day)) (missing ??= []).push(this.#makeOnce(day));
    }
    return missing === null ? null : Promise.all(missing).then(() => undefined);
  }

  /** Somebody dropped one: look again. */
  forget(): void {
    this.#known.clear();
  }

  /** Drops those of which everything has been over for `afterSeconds`. */
  async drop(table: Table, nowSeconds: number, afterSeconds: number): Promise<void> {
    const through = dayOf(nowSeconds - afterSeconds) - 1;
    await this.#transactions.maintain(async (connection) => {
      for (const { day, pending } of await partitionsOf(connection, table)) {
        if (day > through) continue;
        this.#known.delete(day);
        await dropPartition(connection, table, day, pending);
      }
    });
  }

  #makeOnce(day: number): Promise<void> {
    let making = this.#making.get(day);
    if (making === undefined) {
      making = this.#make(day).finally(() => this.#making.delete(day));
      this.#making.set(day, making);
    }
    return making;
  }

  async #make(day: number): Promise<void> {
    await this.#transactions.write(async (connection) => {
      await connection.command(`SELECT pg_advisory_xact_lock(${PARTITIONING_LOCK})`);
      for (const table of TABLES) {
        const there = await partitionsOf(connection, table);
        if (there.some((partition) => partition.day === day && !partition.pending)) continue;
        await connection.command(newPartition(table, day));
      }
    });
    this.#known.add(day);
  }
}

// To make a table and attach it holds up nobody; CREATE TABLE … PARTITION OF would.
function newPartition(table: Table, day: number): string {
  const name = partitionName(table, day);
  const inline = table === 'envelope' ? `WITH (toast_tuple_target = ${INLINE_BYTES})` : '';
  return `
    CREATE TABLE ${name} (LIKE ${table} INCLUDING DEFAULTS INCLUDING STORAGE) ${inline};
    ALTER TABLE ${table} ATTACH PARTITION ${name} FOR VALUES FROM (${day}) TO (${day + 1})`;
}

async function partitionsOf(connection: Connection, table: Table): Promise<{ day: number; pending: boolean }[]> {
  const rows = await connection.query<{ name: string; pending: boolean }>(
    `SELECT c.relname::text AS name, i.inhdetachpending AS pending FROM pg_catalog.pg_inherits i
     JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass('${table}')`,
  );
  return rows.map(({ name, pending }) => ({ day: Number(name.slice(table.length + 1)), pending }));
}

// Nobody waits for this, and it waits for nobody but for those who look at the table at this moment.
async function dropPartition(connection: Connection, table: Table, day: number, pending: boolean): Promise<void> {
  const name = partitionName(table, day);
  try {
    await connection.command(`ALTER TABLE ${table} DETACH PARTITION ${name} ${pending ? 'FINALIZE' : 'CONCURRENTLY'}`);
    await connection.command(`DROP TABLE IF EXISTS ${name}`);
  } catch (error) {
    // Another process does the same, or somebody reads for long (a backup): the next minute is early enough.
    const code = codeOf(error);
    const later: readonly string[] = [
      SQLSTATE.lockNotAvailable,
      SQLSTATE.undefinedTable,
      NOT_IN_STATE,
      SQLSTATE.deadlock,
    ];
    if (!later.includes(code)) throw error;
  }
}

const NOT_IN_STATE = '55000';
