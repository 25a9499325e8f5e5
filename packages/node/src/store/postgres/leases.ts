import type { Clock } from '@sotto/protocol/link';
import { RelayStoreError } from '../relay-store.ts';
import { type Connection } from './connection.ts';
import { Connections } from './connections.ts';
import { maskedUrl, parseDatabaseUrl } from './database-url.ts';
import { type Durability, Transactions } from './transactions.ts';

/** The right to do something that one process at a time does. */
export interface Lease {
  readonly name: string;
  readonly owner: string;
  /** Rises with each change of owner: whoever works under an older one changes nothing. */
  readonly fence: number;
}

export interface LeaseOptions {
  readonly url: string;
  readonly durability: Durability;
  readonly clock: Clock;
}

const PACE = { connectMs: 3_000, lockMs: 2_000, answerMs: 5_000 };
const CONNECTIONS = 2;
/** Says whose database it is; never runs out. */
const NODE = 'node';

const TAKE = `
  INSERT INTO lease AS held (name, owner, fence, until)
  VALUES ($1::text, $2::text, 1, clock_timestamp() + $3::int4 * interval '1 millisecond')
  ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until,
    fence = held.fence + CASE WHEN held.owner = excluded.owner AND held.until > clock_timestamp() THEN 0 ELSE 1 END
  WHERE held.owner = excluded.owner OR held.until <= clock_timestamp()
  RETURNING fence`;
const END = `UPDATE lease SET until = '-infinity' WHERE name = $1::text AND owner = $2::text AND fence = $3::int8 RETURNING fence`;
const LOOK = `SELECT until > clock_timestamp() AS held FROM lease WHERE name = $1::text`;
// Kept until the transaction ends: nobody else gets the lease before that.
const HOLD = `SELECT fence FROM lease WHERE name = $1::text AND owner = $2::text AND fence = $3::int8 FOR SHARE`;
const CLAIM = `
  INSERT INTO lease AS held (name, owner, fence, until) VALUES ($1::text, $2::text, 0, 'infinity')
  ON CONFLICT (name) DO UPDATE SET owner = held.owner RETURNING owner`;

/**
 * Work that is split between processes by leases in the database (OPS-30): taken for a time, renewed by their owner, and
 * taken over with a higher fence when they ran out. The database's clock alone counts.
 */
export class Leases {
  readonly #connections: readonly [Connections, Connections];
  readonly #transactions: Transactions;
  readonly #options: LeaseOptions;

  constructor(options: LeaseOptions) {
    const { url, clock, durability } = options;
    const connect = { ...PACE, synchronousCommit: 'on' } as const;
    const common = { address: parseDatabaseUrl(url), connect, waitMs: PACE.answerMs, clock };
    const pool = (): Connections => new Connections({ ...common, size: CONNECTIONS });
    this.#connections = [pool(), pool()];
    this.#options = options;
    this.#transactions = new Transactions(...this.#connections, { durability, answerMs: PACE.answerMs, clock });
  }

  /** Takes or renews it. @returns null: another process has it */
  async take(name: string, owner: string, ms: number): Promise<Lease | null> {
    const [row] = await this.#transactions.write((connection) =>
      connection.query<{ fence: number }>(TAKE, [name, owner, String(ms)]),
    );
    return row === undefined ? null : { name, owner, fence: row.fence };
  }

  /** Others may have it at once. Without effect when it is not held any more. */
  async end({ name, owner, fence }: Lease): Promise<void> {
    await this.#transactions.write((connection) => connection.query(END, [name, owner, String(fence)]));
  }

  async isHeld(name: string): Promise<boolean> {
    const [row] = await this.#transactions.read((connection) => connection.query<{ held: boolean }>(LOOK, [name]));
    return row?.held === true;
  }

  /** Transactions of whoever has this lease: each one fails, and changes nothing, once another process took it. */
  under(lease: Lease): Transactions {
    const { durability, clock } = this.#options;
    return new FencedTransactions(lease, this.#connections, { durability, answerMs: PACE.answerMs, clock });
  }

  /**
   * The database is this node's, from the first edge on. @param nodeId 64 hex digits
   * @throws RelayStoreError with a text that says what to do
   */
  async claimDatabase(nodeId: string): Promise<void> {
    const [row] = await this.#transactions.write((connection) =>
      connection.query<{ owner: string }>(CLAIM, [NODE, nodeId]),
    );
    if (row === undefined || row.owner === nodeId) return;
    throw new RelayStoreError(
      'failed',
      `PostgreSQL at ${maskedUrl(this.#options.url)} belongs to the node ${row.owner}, and this is ${nodeId}: ` +
        'all edges of a node have the same key. Copy node-identity.json from the --data directory of an edge that runs ' +
        'into that of this one, or give this node a database of its own',
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#connections.map((connections) => connections.close()));
  }
}

class FencedTransactions extends Transactions {
  readonly #lease: Lease;

  constructor(
    lease: Lease,
    connections: readonly [Connections, Connections],
    options: ConstructorParameters<typeof Transactions>[2],
  ) {
    super(...connections, options);
    this.#lease = lease;
  }

  override write<T>(work: (connection: Connection) => Promise<T>, kind: 'plain' | 'storing' = 'plain'): Promise<T> {
    return super.write(async (connection) => {
      await this.#hold(connection);
      return work(connection);
    }, kind);
  }

  override maintain<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    return super.maintain(async (connection) => {
      await this.#hold(connection);
      return work(connection);
    });
  }

  async #hold(connection: Connection): Promise<void> {
    const { name, owner, fence } = this.#lease;
    const [row] = await connection.query(HOLD, [name, owner, String(fence)]);
    if (row === undefined) throw new LeaseLost();
  }
}

/** Another process does the work now. */
export class LeaseLost extends RelayStoreError {
  constructor() {
    super('failed', 'another process took over');
    this.name = 'LeaseLost';
  }
}
