import type { Clock } from '@sotto/protocol/link';
import { Connection } from '../store/postgres/connection.ts';
import { callError } from '../store/postgres/database-error.ts';
import { parseDatabaseUrl } from '../store/postgres/database-url.ts';
import { Leases } from '../store/postgres/leases.ts';
import { SCHEMA } from '../store/postgres/schema.ts';
import { EXPIRY_LEASE } from '../store/postgres/upkeep.ts';
import { RelayStoreError } from '../store/relay-store.ts';

/** A synchronous standby that is connected. */
interface Standby {
  readonly name: string;
  readonly lagBytes: number;
}

/** What a PostgreSQL server says about itself. */
export interface DatabaseFacts {
  /** 150004: 15.4 */
  readonly version: number;
  readonly versionText: string;
  readonly fsync: boolean;
  readonly fullPageWrites: boolean;
  /** Of sessions that do not choose, as Sotto's do. */
  readonly synchronousCommit: string;
  /** '': none are named. */
  readonly standbyNames: string;
  readonly seesStandby: boolean;
  readonly maxConnections: number;
  readonly mayCreate: boolean;
  /** Tables of ours whose owner this user is not. */
  readonly foreignTables: number;
  /** null: there is no schema of ours yet. */
  readonly schema: { readonly version: number; readonly oldestProgram: number } | null;
  /** 64 hex digits of the node whose database it is; null: nobody's. */
  readonly owner: string | null;
  readonly standbys: readonly Standby[];
  /** One question and its answer, ms. */
  readonly latencyMs: number;
  /** The database's clock minus this machine's, ms. */
  readonly clockAheadMs: number;
  /** Whether `sotto worker` has the lease; null: there is no schema yet. */
  readonly hasWorker: boolean | null;
}

const PACE = { connectMs: 5000, lockMs: 2000, synchronousCommit: 'on' } as const;

const SETTINGS = `SELECT current_setting('server_version_num')::int4 AS version, current_setting('server_version') AS "versionText",
  current_setting('fsync') = 'on' AS fsync, current_setting('full_page_writes') = 'on' AS "fullPageWrites",
  (SELECT reset_val FROM pg_settings WHERE name = 'synchronous_commit') AS "synchronousCommit",
  current_setting('synchronous_standby_names') AS "standbyNames",
  pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS "seesStandby",
  current_setting('max_connections')::int4 AS "maxConnections",
  has_database_privilege(current_database(), 'CREATE') AS "mayCreate",
  (SELECT count(*)::int4 FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname = '${SCHEMA}' AND relkind IN ('r', 'p') AND NOT pg_has_role(current_user, relowner, 'USAGE')) AS "foreignTables",
  EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname = '${SCHEMA}' AND relname = 'lease') AS "hasSchema"`;
const STANDBYS = `SELECT application_name AS name, coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), flush_lsn), 0)::int8 AS "lagBytes"
  FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum') AND state = 'streaming'`;
const VERSION = `SELECT version, oldest_program AS "oldestProgram" FROM ${SCHEMA}.schema_version ORDER BY version DESC LIMIT 1`;
const OWNER = `SELECT owner FROM ${SCHEMA}.lease WHERE name = 'node'`;
const CLOCK = `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::int8 AS now`;

type Settings = Omit<DatabaseFacts, 'schema' | 'owner' | 'standbys' | 'latencyMs' | 'clockAheadMs' | 'hasWorker'> & {
  readonly hasSchema: boolean;
};

/**
 * Asks the database, and changes nothing in it.
 * @throws RelayStoreError with a text that holds no password
 */
export async function readDatabase(url: string, clock: Clock): Promise<DatabaseFacts> {
  const address = parseDatabaseUrl(url);
  let failure: unknown = null;
  for (const host of address.hosts) {
    try {
      const connection = await Connection.open(address, host, PACE);
      try {
        return { ...(await ask(connection, clock)), hasWorker: await hasWorker(connection, url, clock) };
      } finally {
        await connection.end();
      }
    } catch (error) {
      // That one of them is a standby is what is to be expected of several.
      if (failure === null || failure instanceof RelayStoreError) failure = error;
    }
  }
  throw callError(failure);
}

async function ask(connection: Connection, clock: Clock): Promise<Omit<DatabaseFacts, 'hasWorker'>> {
  const { hasSchema, ...settings } = (await connection.query<Settings>(SETTINGS))[0]!;
  const mayRead = hasSchema && settings.foreignTables === 0;
  const [schema] = mayRead ? await connection.query<NonNullable<DatabaseFacts['schema']>>(VERSION) : [];
  const [claim] = mayRead ? await connection.query<{ owner: string }>(OWNER) : [];
  const standbys = await connection.query<Standby>(STANDBYS);
  const askedAt = clock.now();
  const [time] = await connection.query<{ now: number }>(CLOCK);
  const latencyMs = clock.now() - askedAt;
  const clockAheadMs = Math.round(time!.now - askedAt - latencyMs / 2);
  return { ...settings, schema: schema ?? null, owner: claim?.owner ?? null, standbys, latencyMs, clockAheadMs };
}

async function hasWorker(connection: Connection, url: string, clock: Clock): Promise<boolean | null> {
  const [there] = await connection.query<{ there: boolean }>(
    `SELECT to_regnamespace('${SCHEMA}') IS NOT NULL AND has_schema_privilege(to_regnamespace('${SCHEMA}')::oid, 'USAGE') AS there`,
  );
  if (there?.there !== true) return null;
  const leases = new Leases({ url, durability: 'disk', clock });
  try {
    return await leases.isHeld(EXPIRY_LEASE);
  } finally {
    await leases.close();
  }
}
