import type { Clock } from '@sotto/protocol/link';
import { RelayStoreError } from '../relay-store.ts';
import { type StoreLimits } from '../store-limits.ts';
import { type Connection } from './connection.ts';
import { Connections } from './connections.ts';
import { callError } from './database-error.ts';
import { maskedUrl, parseDatabaseUrl } from './database-url.ts';
import { migrate } from './migrate.ts';
import { PostgresStore } from './postgres-store.ts';
import { MIGRATIONS, type Migration } from './schema.ts';
import { type Durability, Transactions } from './transactions.ts';

export interface PostgresStoreOptions {
  /** postgres://user:password@host:port/database?sslmode=…; several hosts with commas between them. */
  readonly url: string;
  readonly durability: Durability;
  /** Connections of this process, at least 3. */
  readonly connections: number;
  readonly limits: StoreLimits;
  readonly clock: Clock;
  /** Steps of the schema; for tests of what comes later. */
  readonly migrations?: readonly Migration[];
  readonly pace?: PostgresPace;
}

/** How long what is waited for, ms. */
interface PostgresPace {
  readonly connectMs: number;
  readonly lockMs: number;
  /** For an answer, also of a standby. */
  readonly answerMs: number;
}

const DEFAULT_PACE: PostgresPace = { connectMs: 3_000, lockMs: 2_000, answerMs: 5_000 };

const OLDEST_SERVER = 150_000;

/**
 * Brings the schema up to date and checks that receipts will be true.
 * @throws RelayStoreError with a text that says what to do, and holds no password
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const { clock, durability, limits, pace = DEFAULT_PACE, migrations = MIGRATIONS } = options;
  const address = parseDatabaseUrl(options.url);
  const connect = { ...pace, synchronousCommit: 'on' } as const;
  // Commits that wait for a standby must not keep devices from reading.
  const readers = Math.max(1, Math.floor(options.connections / 3));
  const common = { address, connect, waitMs: pace.answerMs, clock };
  const connections = [
    new Connections({ ...common, size: Math.max(2, options.connections - readers) }),
    new Connections({ ...common, size: readers }),
  ] as const;
  const transactions = new Transactions(...connections, { durability, answerMs: pace.answerMs, clock });
  try {
    await connections[0].use(async (connection) => {
      await checkServer(connection, durability);
      await migrate(connection, migrations);
      // A standby that is away now may come back: until then the node answers that it is busy.
    });
  } catch (error) {
    await Promise.all(connections.map((pool) => pool.close()));
    throw openError(options.url, error);
  }
  return new PostgresStore(limits, connections, transactions);
}

interface Server {
  readonly version: number;
  readonly syncs: boolean;
  readonly seesStandby: boolean;
}

async function checkServer(connection: Connection, durability: Durability): Promise<void> {
  const [server] = await connection.query<Server>(
    `SELECT current_setting('server_version_num')::int4 AS version, current_setting('fsync') = 'on' AS syncs,
       pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS "seesStandby"`,
  );
  if (server === undefined || server.version < OLDEST_SERVER) {
    throw new RelayStoreError('failed', 'this needs PostgreSQL 15 or newer');
  }
  if (!server.syncs) {
    throw new RelayStoreError('failed', 'fsync is off there: receipts would be false. Set fsync = on');
  }
  if (durability === 'standby' && !server.seesStandby) {
    throw new RelayStoreError(
      'failed',
      '--durability standby must see whether the standby is connected: GRANT pg_read_all_stats TO this user',
    );
  }
}

/** The database is named, its password is not. */
function openError(url: string, error: unknown): RelayStoreError {
  const { code, message } = callError(error);
  return new RelayStoreError(code, `PostgreSQL at ${maskedUrl(url)}: ${message}`);
}
