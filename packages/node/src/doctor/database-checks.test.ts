import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeClock } from '../server/node-clock.ts';
import { postgresMissing, StoreServer } from '../store/postgres/harness.contract.ts';
import { Leases } from '../store/postgres/leases.ts';
import type { PostgresServer } from '../store/postgres/testing/postgres-server.ts';
import { EXPIRY_LEASE } from '../store/postgres/upkeep.ts';
import { databaseChecks } from './database-checks.ts';
import { type DatabaseFacts, readDatabase } from './database-facts.ts';
import { configOf, named } from './sound-machine.fixture.ts';

const NODE = 'ab'.repeat(32);

describe.skipIf(postgresMissing)('OPS-57: the database', () => {
  let servers: StoreServer;
  let server: PostgresServer;
  let database: string;
  beforeAll(async () => {
    servers = await StoreServer.start();
    ({ server } = servers);
    database = await servers.database();
    await server.query('CREATE ROLE guest LOGIN');
    await server.query('CREATE DATABASE empty');
  });
  afterAll(() => server.dispose());

  const facts = (where = database, user?: string): Promise<DatabaseFacts> =>
    readDatabase(server.url(where, user), nodeClock);
  const checks = (found: DatabaseFacts, durability: 'disk' | 'standby' = 'disk', nodeId: string | null = NODE) =>
    databaseChecks(configOf('--store', server.url(), '--durability', durability), found, nodeId);
  const setting = async (name: string, value: string): Promise<void> => {
    await server.configure({ [name]: `'${value}'` });
    await server.reload();
    await server.until(`SELECT current_setting('${name}') = '${value}'`);
  };

  test('all is well, but for a worker; then with one', async () => {
    const before = checks(await facts());
    expect(before.filter(({ state, name }) => state !== 'ok' && name !== 'database').map(({ name }) => name)).toEqual([
      'worker',
    ]);
    expect(named(before, 'durability').found).toContain('--durability disk; fsync on, full_page_writes on');
    const leases = new Leases({ url: server.url(database), durability: 'disk', clock: nodeClock });
    const lease = await leases.take(EXPIRY_LEASE, 'a worker', 600_000);
    expect(named(checks(await facts()), 'worker').state).toBe('ok');
    await leases.end(lease!);
    expect(named(checks(await facts()), 'worker').state).toBe('warning');
    await leases.close();
  });

  test('its clock is this machine’s', async () => {
    expect(Math.abs((await facts()).clockAheadMs)).toBeLessThan(30_000);
  });

  test('a server without fsync, or without full_page_writes', async () => {
    for (const name of ['fsync', 'full_page_writes']) {
      await setting(name, 'off');
      expect(named(checks(await facts()), 'durability')).toMatchObject({ state: 'failed', fix: `Set ${name} = on.` });
      await setting(name, 'on');
    }
  });

  test('a user without rights: on tables of another, on a database, and on the standby’s state', async () => {
    expect(named(checks(await facts(database, 'guest')), 'database').found).toContain('belong to another user');
    expect(named(checks(await facts('empty', 'guest')), 'database').found).toContain('may not make tables');
    expect(named(checks(await facts(database, 'guest'), 'standby'), 'standby').fix).toContain(
      'GRANT pg_read_all_stats',
    );
  });

  test('of another node, made by a newer version, of an old server, too few connections, far away', async () => {
    const leases = new Leases({ url: server.url(database), durability: 'disk', clock: nodeClock });
    await leases.claimDatabase(NODE);
    await leases.close();
    const found = await facts();
    expect(named(checks(found, 'disk', 'cd'.repeat(32)), 'database').found).toContain('belongs to the node abab');
    const newer = await servers.database();
    await server.query('INSERT INTO sotto.schema_version VALUES (999, 999)', newer);
    expect(named(checks(await facts(newer)), 'database').found).toContain('newer version');
    expect(named(checks({ ...found, version: 140_009 }), 'database').fix).toContain('PostgreSQL 15');
    const quick = { ...found, latencyMs: 1 };
    expect(named(checks(quick), 'database').state).toBe('ok');
    expect(named(checks({ ...quick, maxConnections: 10 }), 'database').state).toBe('warning');
    expect(named(checks({ ...quick, latencyMs: 400 }), 'database').state).toBe('warning');
  });

  test('a standby: not named, not connected, connected, behind', async () => {
    const none = await facts();
    expect(named(checks(none, 'disk'), 'standby').state).toBe('ok');
    expect(named(checks(none, 'standby'), 'standby')).toMatchObject({
      state: 'failed',
      found: expect.stringContaining('none is named'),
    });
    await setting('synchronous_standby_names', 'second');
    for (const durability of ['disk', 'standby'] as const) {
      const check = named(checks(await facts(), durability), 'standby');
      expect(check).toMatchObject({ state: 'failed', found: expect.stringContaining('none is connected') });
    }
    // Its copy is made without waiting for it.
    await setting('synchronous_standby_names', '');
    await server.standby('second');
    await server.waitFor('second');
    const there = await facts();
    expect(named(checks(there, 'standby'), 'standby')).toMatchObject({
      state: 'ok',
      found: expect.stringContaining('second connected'),
    });
    expect(named(checks(there, 'standby'), 'durability').means).toContain('of a standby');
    const behind = { ...there, standbys: [{ name: 'second', lagBytes: 2 ** 30 }] };
    expect(named(checks(behind, 'standby'), 'standby').state).toBe('warning');
    await server.waitFor(null);
  });
});
