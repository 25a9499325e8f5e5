import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodePrimitives as primitives, systemRandom } from '@sotto/primitives-node';
import type { Log, LogFields } from '../../log.ts';
import { nodeClock } from '../../server/node-clock.ts';
import type { DeviceRef } from '../../store/relay-store.ts';
import { describeWake, type WakeHarness } from '../wake.contract.ts';
import type { Attachment, Edge } from '../wake.ts';
import { parseRedisUrl, type RedisAddress } from './redis-url.ts';
import { RedisWake } from './redis-wake.ts';
import { redisMissing, RedisServer } from './testing/redis-server.ts';

const missing = redisMissing();
if (missing !== null && process.env['CI'] === 'true') throw new Error(missing);
// oxlint-disable-next-line no-console -- whoever runs the tests is to know what was left out
if (missing !== null) console.warn(missing);

const SEED = new Uint8Array(32).fill(5);
const ALICE = Uint8Array.from({ length: 32 }, (_, at) => 65 + (at % 26));

const addressOf = (url: string): RedisAddress => parseRedisUrl(url)!;

async function until(holds: () => boolean, ms = 10_000): Promise<void> {
  const end = Date.now() + ms;
  while (!holds()) {
    if (Date.now() > end) throw new Error('it never does');
    await wait(5);
  }
}

/** Notes what it is told. */
class NotedEdge implements Edge {
  readonly told: string[] = [];
  readonly here: Attachment[] = [];
  resumes = 0;

  attachments = (): Iterable<Attachment> => this.here;
  stored = (devices: readonly DeviceRef[]): void =>
    void this.told.push(...devices.map(({ device }) => `stored ${device}`));
  replaced = ({ serial }: Attachment, newer: boolean): void =>
    void this.told.push(`replaced ${serial}${newer ? '' : '?'}`);
  accessChanged = (mailbox: Uint8Array | null): void => void this.told.push(`access ${mailbox?.length ?? 'of all'}`);
  keysTaken = (): void => {};
  live = (): boolean => true;
  deliver = (): Promise<null> => Promise.resolve(null);
  resumed = (): void => void (this.resumes += 1);
}

interface Joined {
  readonly wake: RedisWake;
  readonly edge: NotedEdge;
  readonly logged: { readonly event: string; readonly fields: LogFields }[];
  attach(device: number, serial: number): Promise<void>;
}

function wakeAt(url: string, refreshMs = 30_000): { wake: RedisWake; logged: Joined['logged'] } {
  const logged: { event: string; fields: LogFields }[] = [];
  const note = (event: string, fields: LogFields = {}): void => void logged.push({ event, fields });
  const log: Log = { info: note, warn: note, error: note };
  const pace = { lifeSeconds: 90, refreshMs };
  const rest = { primitives, random: systemRandom, clock: nodeClock, nodeSeed: SEED };
  return { wake: new RedisWake({ ...rest, ...pace, log, address: addressOf(url) }), logged };
}

async function joined(url: string, refreshMs?: number): Promise<Joined> {
  const { wake, logged } = wakeAt(url, refreshMs);
  const edge = new NotedEdge();
  wake.join(edge);
  await until(() => edge.resumes >= 2);
  return {
    wake,
    edge,
    logged,
    attach: async (device, serial) => {
      const attachment = { mailbox: ALICE, device, serial };
      edge.here.push(attachment);
      await wake.attached(attachment);
    },
  };
}

/** Edges that listen to what is told to all of them. */
async function hearing(server: RedisServer): Promise<number> {
  const count = (kind: string): string => `
    for _, name in ipairs(redis.call('PUBSUB', '${kind}CHANNELS')) do
      if string.sub(name, -4) == ':all' then all = all + redis.call('PUBSUB', '${kind}NUMSUB', name)[2] end
    end`;
  const script = `local all = 0 ${count('')} ${count('SHARD')} return all`;
  return Number((await server.command('EVAL', script, '0')).slice(1));
}

describe.skipIf(missing !== null)('Redis', () => {
  const servers: RedisServer[] = [];
  const start = async (options?: Parameters<typeof RedisServer.start>[0]): Promise<RedisServer> => {
    const server = await RedisServer.start(options);
    servers.push(server);
    return server;
  };
  let one: RedisServer;
  let cluster: RedisServer;

  beforeAll(async () => {
    one = await start();
    cluster = await start({ cluster: true });
  });
  afterAll(async () => {
    for (const server of servers) await server.dispose();
  });

  const harness = async (server: RedisServer): Promise<WakeHarness> => {
    await server.command('FLUSHALL');
    const wakes = [wakeAt(server.url).wake, wakeAt(server.url).wake, wakeAt(server.url).wake] as const;
    let heard = false;
    return {
      wakes,
      until,
      settle: async () => {
        if (!heard) while ((await hearing(server)) < wakes.length) await wait(10);
        heard = true;
        await wait(60);
      },
      dispose: async () => {
        for (const wake of wakes) await wake.close();
      },
    };
  };
  describeWake('one Redis', () => harness(one), { delivers: false, sharesRates: true });
  describeWake('a cluster', () => harness(cluster), { delivers: false, sharesRates: true });

  test('OPS-29: Redis dies and comes back empty: within two seconds edges look at the store and are found again', async () => {
    const server = await start();
    const [a, b] = [await joined(server.url), await joined(server.url)];
    await b.attach(1, 7);
    await server.kill();
    await until(() => [a, b].every(({ logged }) => logged.some(({ event }) => event === 'redis-away')));
    // Nobody waits for it, and nothing throws.
    const begun = performance.now();
    await b.attach(2, 8);
    expect(await a.wake.live({ mailbox: ALICE, device: 1 }, { expires: 1, body: ALICE })).toBe(false);
    expect(await a.wake.within('fetch', ALICE, 1, 1)).toBe(true);
    expect(await a.wake.takeNonce({ mailbox: ALICE, device: 1 }, 'n'.repeat(16), 360)).toBe(true);
    expect(performance.now() - begun).toBeLessThan(1000);
    a.wake.stored([{ mailbox: ALICE, device: 2 }]);
    a.wake.accessChanged(ALICE);
    const resumes = [a, b].map(({ edge }) => edge.resumes);
    await server.start();
    await until(() => [a, b].every(({ edge }, at) => edge.resumes >= resumes[at]! + 2), 2000);
    expect(await server.command('DBSIZE')).toBe(':2\r\n');
    await until(() => b.edge.told.includes('access 32'));
    b.edge.told.length = 0;
    a.wake.stored([{ mailbox: ALICE, device: 1 }]);
    await until(() => b.edge.told.includes('stored 1'));
    for (const { wake } of [a, b]) await wake.close();
  });

  test('OPS-29: flushed while all are connected: the next refresh says who is here, and that something may be stored', async () => {
    const server = await start();
    const [a, b] = [await joined(server.url, 200), await joined(server.url, 200)];
    await b.attach(1, 7);
    await server.command('FLUSHALL');
    await until(() => b.edge.told.includes('stored 1'));
    b.edge.told.length = 0;
    a.wake.stored([{ mailbox: ALICE, device: 1 }]);
    await until(() => b.edge.told.includes('stored 1'));
    expect(b.edge.told).toEqual(['stored 1']);
    for (const { wake } of [a, b]) await wake.close();
  });

  test('OPS-29: a device that Redis knows at another edge, without a word of it here, may come back', async () => {
    const server = await start();
    const [a, b] = [await joined(server.url, 200), await joined(server.url, 200)];
    await b.attach(1, 7);
    await server.command('FLUSHALL');
    await a.attach(1, 3);
    await until(() => b.edge.told.includes('replaced 7?'));
    expect(a.edge.told).toEqual([]);
    for (const { wake } of [a, b]) await wake.close();
  });

  test('HTTP-12: a nonce is kept for its life, and nobody waits for a Redis that stands still', async () => {
    const server = await start();
    const [a, b] = [await joined(server.url), await joined(server.url)];
    const device = { mailbox: ALICE, device: 1 };
    expect(await a.wake.takeNonce(device, 'n'.repeat(16), 360)).toBe(true);
    const key = /sotto:[\w-]+:nonce:[\w-]+/.exec(await server.command('KEYS', '*'))?.[0] ?? '';
    const seconds = Number((await server.command('TTL', key)).slice(1));
    expect(seconds).toBeGreaterThan(300);
    expect(seconds).toBeLessThanOrEqual(360);
    process.kill(server.pid!, 'SIGSTOP');
    expect(await b.wake.takeNonce(device, 'n'.repeat(16), 360)).toBe(true);
    process.kill(server.pid!, 'SIGCONT');
    await until(() => b.edge.resumes >= 2);
    expect(await b.wake.takeNonce(device, 'n'.repeat(16), 360)).toBe(false);
    for (const { wake } of [a, b]) await wake.close();
  });

  test('OPS-29: an edge that says nothing any more is forgotten', async () => {
    const server = await start();
    const a = await joined(server.url);
    await a.attach(1, 7);
    const key =
      /sotto:[\w-]+:at:[\w-]+/.exec(await server.command('EVAL', "return redis.call('KEYS','*')[1]", '0'))?.[0] ?? '';
    const seconds = Number((await server.command('TTL', key)).slice(1));
    expect(seconds).toBeGreaterThan(80);
    expect(seconds).toBeLessThanOrEqual(90);
    await a.wake.close();
    expect(await server.command('DBSIZE')).toBe(':0\r\n');
  });

  test('TM-90: whoever watches Redis sees no address, no account, no content, and who forges a message is not heard', async () => {
    const server = await start({ password: 'wachsam' });
    const [a, b] = [await joined(server.url), await joined(server.url)];
    const watched = await server.watch();
    const body = Uint8Array.from({ length: 2048 }, (_, at) => 97 + (at % 7));
    await b.attach(1, 7);
    a.wake.stored([{ mailbox: ALICE, device: 1 }]);
    a.wake.accessChanged(ALICE);
    await a.wake.live({ mailbox: ALICE, device: 1 }, { expires: 5, body });
    await a.wake.within('fetch', ALICE, 3, 1);
    const nonce = 'noncenoncenonce1';
    await a.wake.takeNonce({ mailbox: ALICE, device: 1 }, nonce, 360);
    await until(() => b.edge.told.length >= 2);
    await wait(50);
    const seen = watched.seen().toString('latin1');
    watched.stop();
    const forms = [Buffer.from(ALICE), Buffer.from(nonce), Buffer.from(body.subarray(0, 16))].flatMap((bytes) => [
      bytes.toString('latin1'),
      bytes.toString('hex'),
      bytes.toString('base64').replaceAll('=', ''),
      bytes.toString('base64url'),
    ]);
    expect(forms.filter((form) => seen.includes(form))).toEqual([]);
    const channels = [...seen.matchAll(/"publish" "(sotto:[^"]+)"/gi)].map(([, name]) => name!);
    expect(new Set(channels).size).toBe(2);
    const told = b.edge.told.length;
    for (const channel of new Set(channels)) {
      await server.command('PUBLISH', channel, 'x');
      await server.command('PUBLISH', channel, 'y'.repeat(60));
    }
    await wait(100);
    expect(b.edge.told).toHaveLength(told);
    for (const { wake } of [a, b]) await wake.close();
  });

  test('TM-90: a wrong password is logged by its code, without the password', async () => {
    const server = await start({ password: 'wachsam' });
    const { wake, logged } = wakeAt(`redis://:geheim@127.0.0.1:${server.port}`);
    wake.join(new NotedEdge());
    await until(() => logged.length > 0);
    expect(logged[0]).toMatchObject({ event: 'redis-away', fields: { answer: 'WRONGPASS' } });
    expect(JSON.stringify(logged)).not.toContain('geheim');
    await wake.close();
  });
});
