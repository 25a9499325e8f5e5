import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findPostgres, POSTGRES_MISSING, PostgresServer } from '@sotto/node/testing';
import { redisMissing, RedisServer } from '../../../../packages/node/src/wake/redis/testing/redis-server.ts';
import { canPin, type MeasuredServer, SERVER_CORE, type Usage } from '../measure.ts';
import { treeOf, usageOfTree } from './process-usage.ts';
import { startSottoNode } from './sotto-node.ts';

const run = promisify(execFile);
const IDENTITY = 'node-identity.json';
const STANDBY = 'second';

/** null: all is there. */
export const operatedMissing = (): string | null => (findPostgres() === null ? POSTGRES_MISSING : redisMissing());

/** One operator's node on several machines, but here on one core: two edges, PostgreSQL, its synchronous standby, Redis. */
export async function startOperatedNode(folder: string): Promise<MeasuredServer> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const one of stops.toReversed()) await one();
  };
  try {
    const postgres = await PostgresServer.start({ settings: { shared_buffers: '512MB', max_wal_size: '8GB' } });
    stops.push(() => postgres.dispose());
    const standby = await postgres.standby(STANDBY);
    await postgres.waitFor(STANDBY);
    const redis = await RedisServer.start();
    stops.push(() => redis.dispose());
    const pids = { postgres: await pidOf(postgres), standby: await pidOf(standby), redis: redis.pid ?? 0 };
    for (const pid of Object.values(pids)) await pinToServers(pid);

    const args = ['--store', postgres.url(), '--durability', 'standby', '--redis', redis.url];
    const folders = ['edge-1', 'edge-2'].map((name) => join(folder, name)) as [string, string];
    for (const path of folders) await mkdir(path);
    const first = await startSottoNode({ folder: folders[0], args });
    stops.push(() => first.stop());
    await copyFile(join(folders[0], IDENTITY), join(folders[1], IDENTITY));
    const second = await startSottoNode({ folder: folders[1], args });
    stops.push(() => second.stop());
    return {
      ready: { ...first.ready, morePorts: [second.ready.port] },
      usage: async (): Promise<Usage> => {
        const edges = await Promise.all([first.usage(), second.usage()]);
        const [base, copy, wake] = await Promise.all([pids.postgres, pids.standby, pids.redis].map(usageOfTree));
        const all = [...edges, base!, copy!, wake!];
        const sum = (of: readonly { readonly cpuMicros: number }[]): number =>
          of.reduce((total, { cpuMicros }) => total + cpuMicros, 0);
        return {
          cpuMicros: sum(all),
          rss: all.reduce((total, { rss }) => total + rss, 0),
          state: null,
          parts: { edges: sum(edges), postgres: base!.cpuMicros, standby: copy!.cpuMicros, redis: wake!.cpuMicros },
        };
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The first line of its own note of it. */
export async function pidOf({ data }: PostgresServer): Promise<number> {
  return Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')[0]);
}

/** What it has started, and by that what it will start. */
async function pinToServers(pid: number): Promise<void> {
  if (!canPin()) return;
  for (const one of await treeOf(pid))
    await run('taskset', ['-a', '-cp', String(SERVER_CORE), String(one)]).catch(() => null);
}
