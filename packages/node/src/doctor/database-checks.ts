import type { Config } from '../config/config.ts';
import { maskedUrl } from '../store/postgres/database-url.ts';
import { MIGRATIONS } from '../store/postgres/schema.ts';
import type { DatabaseFacts } from './database-facts.ts';
import { failed, type NodeCheck, ok, warning } from './node-check.ts';

const OLDEST_SERVER = 150_000;
/** Of one edge and of one worker. */
const EDGE_CONNECTIONS = 14;
const WORKER_CONNECTIONS = 4;
const SLOW_MS = 50;
const LAGGING_BYTES = 64 << 20;
const NOT_STARTED = 'The node does not start.';

type Given = Pick<Config, 'durability' | 'store'>;

/** What was found of a PostgreSQL. @param nodeId of this node, 64 hex digits; null: it has no key yet (OPS-57) */
export function databaseChecks(config: Given, facts: DatabaseFacts, nodeId: string | null): NodeCheck[] {
  return [database(config, facts, nodeId), durability(config, facts), standby(config, facts), worker(facts)];
}

/** @param reason holds no password */
export const databaseAway = ({ store }: Given, reason: string): NodeCheck =>
  failed(
    'database',
    `PostgreSQL at ${maskedUrl(store)}: ${reason}`,
    'Nothing is accepted and nothing is delivered (BUSY) until it answers. What was acknowledged is kept there.',
    'Start it, or check address, user, password, pg_hba.conf and firewall.',
  );

function database({ store }: Given, facts: DatabaseFacts, nodeId: string | null): NodeCheck {
  const name = 'database';
  const schema = facts.schema === null ? 'no tables yet' : `tables of version ${facts.schema.version}`;
  const where = `PostgreSQL ${facts.versionText} at ${maskedUrl(store)}, ${schema}`;
  const program = MIGRATIONS.at(-1)!.version;
  const bad = (what: string, means: string, fix: string): NodeCheck => failed(name, `${where}: ${what}`, means, fix);
  if (facts.version < OLDEST_SERVER) return bad('too old', NOT_STARTED, 'Upgrade to PostgreSQL 15 or newer.');
  if (facts.foreignTables > 0) {
    return bad(
      'its tables belong to another user',
      NOT_STARTED,
      'Use the user who owns them, or REASSIGN OWNED to this one.',
    );
  }
  if (facts.schema === null && !facts.mayCreate) {
    return bad(
      'this user may not make tables',
      NOT_STARTED,
      'Make it the owner of the database (CREATE DATABASE … OWNER …).',
    );
  }
  if (facts.schema !== null && facts.schema.oldestProgram > program) {
    return bad('made by a newer version of Sotto', NOT_STARTED, 'Run that version here too.');
  }
  if (facts.owner !== null && nodeId !== null && facts.owner !== nodeId) {
    return bad(
      `it belongs to the node ${facts.owner}, and this is ${nodeId}`,
      NOT_STARTED,
      'Copy node-identity.json of an edge that runs into this data directory, or use another database.',
    );
  }
  const found = `${where}, answers in ${facts.latencyMs} ms, allows ${facts.maxConnections} connections`;
  if (facts.latencyMs > SLOW_MS) {
    return warning(
      name,
      found,
      'Every receipt waits for it several times.',
      'Bring node and database nearer together.',
    );
  }
  if (facts.maxConnections < EDGE_CONNECTIONS + WORKER_CONNECTIONS) {
    return warning(
      name,
      found,
      `An edge takes up to ${EDGE_CONNECTIONS}, a worker ${WORKER_CONNECTIONS}: whoever gets none answers BUSY.`,
      'Raise max_connections on the server.',
    );
  }
  const update = facts.schema !== null && facts.schema.version < program;
  return ok(name, found, update ? 'The first start brings the tables up to date.' : 'Messages are kept there.');
}

/** Sotto sets synchronous_commit itself, so what the server's settings say of it does not count. */
function durability({ durability: chosen }: Given, facts: DatabaseFacts): NodeCheck {
  const name = 'durability';
  const found = `--durability ${chosen}; fsync ${onOff(facts.fsync)}, full_page_writes ${onOff(facts.fullPageWrites)}, synchronous_commit on (set by Sotto; the server's default is ${facts.synchronousCommit})`;
  if (!facts.fsync) {
    return failed(
      name,
      found,
      'Receipts would be false: a crash loses what was acknowledged. The node does not start.',
      'Set fsync = on.',
    );
  }
  if (!facts.fullPageWrites) {
    return failed(
      name,
      found,
      'A power failure in the middle of a write can damage the tables, and lose what was acknowledged.',
      'Set full_page_writes = on.',
    );
  }
  if (chosen === 'standby') {
    return ok(
      name,
      found,
      'A receipt means: the disks of PostgreSQL and of a standby have it. One of them may be lost.',
    );
  }
  return ok(
    name,
    found,
    facts.standbyNames === ''
      ? "A receipt means: PostgreSQL's disk has it. When that disk is lost, so is what was acknowledged since the last backup."
      : "A receipt means: PostgreSQL's disk has it, and a standby's as long as PostgreSQL itself waits for one. " +
          '--durability standby would notice when it does not.',
  );
}

const onOff = (is: boolean): string => (is ? 'on' : 'off');

function standby({ durability: chosen }: Given, facts: DatabaseFacts): NodeCheck {
  const name = 'standby';
  const wanted = chosen === 'standby';
  if (wanted && !facts.seesStandby) {
    return failed(
      name,
      'this user may not see whether it is connected',
      NOT_STARTED,
      'GRANT pg_read_all_stats TO this user.',
    );
  }
  if (facts.standbyNames === '') {
    if (!wanted) return ok(name, 'none is named', 'There is one copy of what waits for people; see to backups.');
    return failed(
      name,
      'none is named (synchronous_standby_names is empty)',
      'Nothing is accepted: senders are told to wait (BUSY).',
      "Name it on the primary: synchronous_standby_names = 'FIRST 1 (name)'; or run with --durability disk.",
    );
  }
  const named = `synchronous_standby_names = ${facts.standbyNames}`;
  if (!facts.seesStandby) {
    return warning(
      name,
      `${named}; whether it is connected, this user may not see`,
      'While it is not, nothing is accepted (BUSY).',
      'GRANT pg_read_all_stats TO this user.',
    );
  }
  if (facts.standbys.length === 0) {
    return failed(
      name,
      `${named}; none is connected`,
      'Nothing is accepted: PostgreSQL waits for it, and senders are told to wait (BUSY).',
      'Start the standby, check its primary_conninfo (application_name) and its log; or take it out of synchronous_standby_names.',
    );
  }
  const lag = Math.max(...facts.standbys.map(({ lagBytes }) => lagBytes));
  const found = `${facts.standbys.map((one) => one.name).join(', ')} connected, ${Math.ceil(lag / 1024)} kB behind`;
  if (lag <= LAGGING_BYTES) return ok(name, found, 'It can take over without losing anything that was acknowledged.');
  return warning(
    name,
    found,
    'Receipts wait for it, so they come late.',
    "Look at the standby's disk and at the network to it.",
  );
}

function worker({ hasWorker }: DatabaseFacts): NodeCheck {
  if (hasWorker === null) return ok('worker', 'no tables yet', 'The first start makes them.');
  if (hasWorker) return ok('worker', 'one is at work', 'It removes what expired; edges need not.');
  return warning(
    'worker',
    'none is at work',
    'Edges remove what expired themselves, which takes time from people’s messages. Nothing is lost.',
    'Run `sotto worker` with the same --store, on two machines if you can.',
  );
}
