import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Log, LogFields } from '../../log.ts';
import { nodeClock } from '../../server/node-clock.ts';
import { UpkeepWorker } from '../../worker/upkeep-worker.ts';
import { envelope } from '../contract/samples.ts';
import { RelayStoreError } from '../relay-store.ts';
import { DEFAULT_STORE_LIMITS } from '../store-limits.ts';
import { openEdgeStore } from './edge-store.ts';
import { Expiry } from './expiry.ts';
import { DayPartitions } from './day-partitions.ts';
import { LeaseLost, Leases } from './leases.ts';
import { openPostgresStore } from './open-postgres-store.ts';
import { findPostgres, POSTGRES_MISSING, PostgresServer } from './testing/postgres-server.ts';
import { UPKEEP, type UpkeepTask } from './upkeep.ts';

const missing = findPostgres() === null;
if (missing && process.env['CI'] === 'true') throw new Error(POSTGRES_MISSING);
// oxlint-disable-next-line no-console -- whoever runs the tests is to know what was left out
if (missing) console.warn(POSTGRES_MISSING);

const NOW = 1_800_000_000;

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; !(await holds()); attempt++) {
    if (attempt > 1000) throw new Error('it never does');
    await wait(10);
  }
}

function noted(): { log: Log; events: string[]; fields: LogFields[] } {
  const events: string[] = [];
  const fields: LogFields[] = [];
  const note = (event: string, more: LogFields = {}): void => {
    events.push(event);
    fields.push(more);
  };
  return { log: { info: note, warn: note, error: note }, events, fields };
}

describe.skipIf(missing)('leases', () => {
  let server: PostgresServer;
  let url = '';
  const open: Leases[] = [];
  const leasesOf = (): Leases => {
    const leases = new Leases({ url, durability: 'disk', clock: nodeClock });
    open.push(leases);
    return leases;
  };

  beforeAll(async () => {
    server = await PostgresServer.start();
    url = server.url();
    const store = await openPostgresStore({
      url,
      durability: 'disk',
      clock: nodeClock,
      limits: DEFAULT_STORE_LIMITS,
      connections: 3,
    });
    await store.close();
  });
  afterAll(async () => {
    for (const leases of open) await leases.close();
    await server.dispose();
  });

  test('OPS-30: one owner at a time; renewed it keeps its fence; ended or run out it is taken over with a higher one', async () => {
    const [a, b] = [leasesOf(), leasesOf()];
    const first = await a.take('one', 'A', 60_000);
    expect(first).toMatchObject({ fence: 1 });
    expect(await b.take('one', 'B', 60_000)).toBeNull();
    expect(await a.take('one', 'A', 60_000)).toMatchObject({ fence: 1 });
    expect(await b.isHeld('one')).toBe(true);
    await a.end(first!);
    expect(await b.isHeld('one')).toBe(false);
    const second = await b.take('one', 'B', 30);
    expect(second).toMatchObject({ fence: 2 });
    await wait(60);
    expect(await a.take('one', 'A', 60_000)).toMatchObject({ fence: 3 });
    // Too late: it is another's.
    await b.end(second!);
    expect(await a.isHeld('one')).toBe(true);
  });

  test('OPS-30: of many who ask at once one gets it', async () => {
    const all = [leasesOf(), leasesOf(), leasesOf()];
    const asked = Array.from({ length: 24 }, (_, at) => all[at % 3]!.take('many', `owner ${at}`, 60_000));
    expect((await Promise.all(asked)).filter((lease) => lease !== null)).toHaveLength(1);
  });

  test('OPS-30: a paused worker that wakes up under an old fence changes nothing', async () => {
    const [a, b] = [leasesOf(), leasesOf()];
    const store = await openPostgresStore({
      url,
      durability: 'disk',
      clock: nodeClock,
      limits: DEFAULT_STORE_LIMITS,
      connections: 3,
    });
    const over = envelope('over', { expires: NOW - 10 });
    await store.store([over]);
    const paused = await a.take('expiry', 'A', 20);
    await wait(50);
    const taken = await b.take('expiry', 'B', 60_000);
    expect(taken).not.toBeNull();
    const transactions = a.under(paused!);
    const late = new Expiry(transactions, new DayPartitions(transactions)).expire(NOW);
    await expect(late).rejects.toThrow(LeaseLost);
    expect(await store.waiting(over.mailbox, over.device)).toBe(1);
    await b.end(taken!);
    await store.close();
  });

  test('OPS-30: what is under way under a lease is finished before another process gets it', async () => {
    const [a, b] = [leasesOf(), leasesOf()];
    const lease = await a.take('slow', 'A', 20);
    const order: string[] = [];
    const working = a.under(lease!).write(async (connection) => {
      await wait(300);
      order.push('worked');
      return connection.query('SELECT 1');
    });
    await wait(50);
    const taken = b.take('slow', 'B', 60_000).then((held) => {
      order.push('taken');
      return held;
    });
    await working;
    expect((await taken)?.fence).toBe(2);
    expect(order).toEqual(['worked', 'taken']);
  });

  test('OPS-31: of two workers one does each work; when it stops, the other goes on at once', async () => {
    const done: string[] = [];
    const task = (lease: string): UpkeepTask => ({
      lease,
      everyMs: 20,
      run: (_, { owner }) => {
        done.push(`${owner} ${lease}`);
        return Promise.resolve(0);
      },
    });
    const tasks = [task('first'), task('second')];
    const workerOf = (owner: string): UpkeepWorker =>
      new UpkeepWorker({ leases: leasesOf(), tasks, clock: nodeClock, log: noted().log, owner, leaseMs: 300 });
    const [a, b] = [workerOf('A'), workerOf('B')];
    a.start();
    await until(() => a.held.length === 2);
    b.start();
    await until(() => done.length >= 6);
    expect(done.filter((what) => what.startsWith('B'))).toEqual([]);
    expect(b.held).toEqual([]);
    await a.stop();
    done.length = 0;
    await until(() => b.held.length === 2 && done.length >= 2);
    expect(done.filter((what) => what.startsWith('A'))).toEqual([]);
    await b.stop();
  });

  test('OPS-31, OPS-32: a worker expires and makes days to come; edges do it themselves while there is none, and say so', async () => {
    const { log, events } = noted();
    const nodeId = 'a1'.repeat(32);
    const edge = await openEdgeStore({
      url,
      durability: 'disk',
      clock: nodeClock,
      limits: DEFAULT_STORE_LIMITS,
      connections: 4,
      nodeId,
      log,
    });
    await edge.store([envelope('edge', { expires: NOW - 10 })]);
    await until(async () => (await edge.expire(NOW)) > 0);
    expect(events).toEqual(['no-worker']);
    await edge.store([envelope('worker', { expires: NOW - 10 })]);
    const clock = { now: () => NOW * 1000, after: nodeClock.after.bind(nodeClock) };
    const worker = new UpkeepWorker({ leases: leasesOf(), tasks: UPKEEP, clock, log, owner: 'W', leaseMs: 60_000 });
    worker.start();
    await until(() => events.filter((event) => event === 'worked').length === 2);
    const [days] = await server.query<{ count: string }>(
      `SELECT count(*) AS count FROM pg_inherits WHERE inhparent = 'sotto.envelope'::regclass`,
    );
    expect(Number(days?.count)).toBeGreaterThanOrEqual(32);
    expect(await edge.expire(NOW)).toBe(0);
    expect(events).toContain('worker-found');
    await worker.stop();
    await edge.close();
  });

  test('OPS-33: a database belongs to the first node that opened it; an edge with another key is told what to do', async () => {
    const options = {
      url,
      durability: 'disk',
      clock: nodeClock,
      limits: DEFAULT_STORE_LIMITS,
      connections: 4,
      log: noted().log,
    } as const;
    const own = await openEdgeStore({ ...options, nodeId: 'a1'.repeat(32) });
    await own.close();
    const other = openEdgeStore({ ...options, nodeId: 'b2'.repeat(32) });
    await expect(other).rejects.toThrow(RelayStoreError);
    await expect(other).rejects.toThrow(
      /belongs to the node a1a1[0-9a-f]*, and this is b2b2.*Copy node-identity\.json from the --data directory/,
    );
    await expect(other).rejects.not.toThrow(/secret/);
  });
});
