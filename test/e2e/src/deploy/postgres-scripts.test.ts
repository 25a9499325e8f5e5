import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  findPostgres,
  POSTGRES_MISSING,
  PostgresServer,
} from '../../../../packages/node/src/store/postgres/testing/postgres-server.ts';
import { freePort } from '../operated/balancer.ts';
import { REPOSITORY } from './image-by-hand.ts';

const missing = findPostgres() === null;
if (missing && process.env['CI'] === 'true') throw new Error(POSTGRES_MISSING);
// oxlint-disable-next-line no-console -- whoever runs the tests is to know what was left out
if (missing) console.warn(POSTGRES_MISSING);

const NOBODY = 65_534;
const run = promisify(execFile);

describe.skipIf(missing)('OPS-53: what compose.yaml makes of PostgreSQL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-standby-'));
  const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  let primary: PostgresServer;
  let standby: ChildProcess | null = null;

  /** Others may not look into the repository's folder. */
  const ours = (name: string): string => {
    copyFileSync(join(REPOSITORY, 'deploy/postgres', name), join(folder, name));
    return join(folder, name);
  };
  const environment = (more: Record<string, string>): NodeJS.ProcessEnv => ({
    PATH: `${findPostgres()}:/usr/bin:/bin`,
    HOME: folder,
    ...more,
  });

  beforeAll(async () => {
    chmodSync(folder, 0o755);
    if ('uid' in asNobody) chownSync(folder, NOBODY, NOBODY);
    primary = await PostgresServer.start();
    await run('bash', [ours('first-start.sh')], {
      ...asNobody,
      env: environment({
        PGHOST: '127.0.0.1',
        PGPORT: String(primary.port),
        PGDATA: primary.data,
        POSTGRES_PASSWORD: 'geheim',
      }),
    });
    await primary.reload();
  }, 300_000);

  afterAll(async () => {
    if (standby !== null) {
      standby.kill('SIGQUIT');
      await once(standby, 'exit');
    }
    await primary?.dispose();
    rmSync(folder, { recursive: true, force: true });
  }, 300_000);

  it('the server takes its configuration, which never acknowledges what the disk does not have', async () => {
    const shown = async (name: string): Promise<string> => {
      const file = `config_file=${ours('sotto.conf')}`;
      const args = ['-D', primary.data, '-c', file, '-C', name];
      return (await run(join(findPostgres()!, 'postgres'), args, asNobody)).stdout.trim();
    };
    expect(await shown('fsync')).toBe('on');
    expect(await shown('full_page_writes')).toBe('on');
    expect(await shown('synchronous_commit')).toBe('on');
    expect(await shown('log_parameter_max_length_on_error')).toBe('0');
    expect(await shown('hba_file')).toBe(join(primary.data, 'pg_hba.conf'));
  });

  it('its first start makes the node’s role, without further rights, and its database', async () => {
    const [role] = await primary.query<{ rolsuper: boolean; rolcreatedb: boolean; rolreplication: boolean }>(
      `SELECT rolsuper, rolcreatedb, rolreplication FROM pg_roles WHERE rolname = 'sotto'`,
    );
    expect(role).toEqual({ rolsuper: false, rolcreatedb: false, rolreplication: false });
    const [owner] = await primary.query<{ owner: string }>(
      `SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = 'sotto'`,
    );
    expect(owner).toEqual({ owner: 'sotto' });
    expect(readFileSync(join(primary.data, 'pg_hba.conf'), 'utf8')).toMatch(
      /^host replication standby all scram-sha-256$/m,
    );
  });

  it('the standby copies the primary, follows it, and is waited for when it is named', async () => {
    const port = await freePort();
    const data = join(folder, 'data');
    const options = [`config_file=${ours('sotto.conf')}`, `port=${port}`, 'shared_buffers=32MB'];
    const local = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`];
    standby = spawn(
      'bash',
      [ours('follow-primary.sh'), 'postgres', ...[...options, ...local].flatMap((option) => ['-c', option])],
      {
        ...asNobody,
        cwd: folder,
        stdio: 'ignore',
        env: environment({
          PGDATA: data,
          PGPASSWORD: 'geheim',
          PRIMARY_HOST: '127.0.0.1',
          PRIMARY_PORT: String(primary.port),
        }),
      },
    );
    const state = async (): Promise<string | undefined> =>
      (
        await primary.query<{ sync_state: string }>(
          `SELECT sync_state FROM pg_stat_replication WHERE application_name = 'standby' AND state = 'streaming'`,
        )
      )[0]?.sync_state;
    await expect.poll(state, { timeout: 110_000, interval: 200 }).toBe('async');
    // The guide's step.
    await primary.query(`ALTER SYSTEM SET synchronous_standby_names = 'standby'`);
    await primary.reload();
    await expect.poll(state, { timeout: 60_000, interval: 200 }).toBe('sync');
    await primary.query('CREATE TABLE proof ()');
  }, 300_000);
});
