import { RelayStoreError } from '../relay-store.ts';
import { type Connection } from './connection.ts';
import { codeOf, SQLSTATE } from './database-error.ts';
import { type Migration, SCHEMA } from './schema.ts';

/** One process at a time changes the schema. */
const MIGRATING_LOCK = 0x6d_69_67_72;
/** A step waits for those who work, and they wait behind it: not for long, and then it tries again. */
const ATTEMPTS = 20;

interface Version {
  readonly version: number;
  readonly oldestProgram: number;
}

/**
 * Brings the schema up to the last of these steps, one transaction for each, while other processes go on working with
 * it (OPS-10, OPS-11). A database that is ahead is left as it is, when it still serves this program.
 * @returns the version found at the end
 * @throws RelayStoreError 'newer', 'damaged'
 */
export async function migrate(connection: Connection, steps: readonly Migration[]): Promise<number> {
  const program = steps.at(-1)?.version ?? 0;
  for (let attempt = 1; ;) {
    try {
      const found = await oneStep(connection, steps, program);
      if (found >= program) return found;
    } catch (error) {
      await connection.command('ROLLBACK');
      if (codeOf(error) !== SQLSTATE.lockNotAvailable || attempt++ >= ATTEMPTS) throw error;
    }
  }
}

/** @returns the version after it */
async function oneStep(connection: Connection, steps: readonly Migration[], program: number): Promise<number> {
  const before = await versionOf(connection);
  if (before !== null && before.version >= program) return checked(before, program);
  await connection.command(`BEGIN; SELECT pg_advisory_xact_lock(${MIGRATING_LOCK})`);
  // Another process may have been faster.
  const held = await versionOf(connection);
  const version = held?.version ?? 0;
  const step = steps.find((next) => next.version === version + 1);
  if (step === undefined) {
    await connection.command('COMMIT');
    return checked({ version, oldestProgram: held?.oldestProgram ?? 0 }, program);
  }
  if (held === null) {
    await connection.command(
      `CREATE SCHEMA IF NOT EXISTS ${SCHEMA};
       CREATE TABLE ${SCHEMA}.schema_version (version integer PRIMARY KEY, oldest_program integer NOT NULL)`,
    );
  }
  await connection.command(step.sql);
  await connection.query('INSERT INTO schema_version (version, oldest_program) VALUES ($1::int4, $2::int4)', [
    String(step.version),
    String(step.oldestProgram),
  ]);
  await connection.command('COMMIT');
  return step.version;
}

/** null: nothing of ours is there yet. */
async function versionOf(connection: Connection): Promise<Version | null> {
  const [there] = await connection.query<{ ours: boolean; others: boolean }>(
    `SELECT to_regclass('${SCHEMA}.schema_version') IS NOT NULL AS ours,
       EXISTS (SELECT FROM pg_catalog.pg_class WHERE relnamespace = to_regnamespace('${SCHEMA}')) AS others`,
  );
  if (there?.ours !== true) {
    if (there?.others !== true) return null;
    throw new RelayStoreError(
      'damaged',
      `the database has a schema "${SCHEMA}" of another program: give the node a database of its own`,
    );
  }
  const [row] = await connection.query<Version>(
    `SELECT version, oldest_program AS "oldestProgram" FROM ${SCHEMA}.schema_version ORDER BY version DESC LIMIT 1`,
  );
  return row ?? null;
}

function checked({ version, oldestProgram }: Version, program: number): number {
  if (oldestProgram <= program) return version;
  throw new RelayStoreError(
    'newer',
    `the database was set up by a newer version of Sotto (schema ${version}; this one knows ${program} and ` +
      `${oldestProgram} is the oldest that still can use it): run that version`,
  );
}
