import { setTimeout as pause } from 'node:timers/promises';
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { TestPerson } from '@sotto/node/testing';
import { AttachSchema, create, type Frame } from '@sotto/protocol/wire';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BenchLink } from '../../../bench/src/bench-link.ts';
import type { ServerReady } from '../../../bench/src/measure.ts';
import { fetchServer } from '../../../bench/src/ring/fetch-server.ts';
import { type NodeProcess, Playground } from '../processes.ts';
import { placeOf, workersOf } from './worker-places.ts';

const REPLACED = 4409;
const GOING_AWAY = 4503;
const LIMITS = ['--workers', '2'];

let playground: Playground;
let node: NodeProcess;
let server: ServerReady;
const links: BenchLink[] = [];

async function start(...args: string[]): Promise<void> {
  node = await playground.node('node', [...LIMITS, ...args]);
  server = await fetchServer(node.port);
}

const pids = (): Promise<number[]> => workersOf(node.child.pid!);
const workerOf = async (link: BenchLink): Promise<number> => placeOf(await pids(), node.port, link.port);

/** A link at a worker: one opens links until the system deals one to it. */
async function linkAt(worker: (pid: number) => boolean, person: TestPerson | null): Promise<BenchLink> {
  for (;;) {
    const link = await BenchLink.open(server, person);
    links.push(link);
    if (worker(await workerOf(link))) return link;
    link.close();
  }
}

const anywhere = (): boolean => true;
const somebody = (): TestPerson => new TestPerson(nodePrimitives, systemRandom, Date.now());

/** What comes on a link, and the code with which it ends. */
function listen(link: BenchLink): { readonly frames: Frame[]; code: number | null } {
  const heard: { frames: Frame[]; code: number | null } = { frames: [], code: null };
  link.onFrame = (frame) => heard.frames.push(frame);
  link.onClose = (code) => {
    heard.code = code;
  };
  return heard;
}

const numbersIn = ({ frames }: { frames: Frame[] }, live: boolean): number[] =>
  frames.flatMap(({ body }) => {
    if (body.case !== 'deliver' || body.value.live !== live) return [];
    return [new DataView(body.value.body.buffer, body.value.body.byteOffset).getUint32(0)];
  });

async function publish(link: BenchLink, person: TestPerson): Promise<void> {
  await link.ask({ case: 'publishKeys', value: person.upload(5, 2) });
  await link.ask({ case: 'setAccess', value: person.access() });
}

const attach = (link: BenchLink) => link.ask({ case: 'attach', value: create(AttachSchema, {}) });
const count = (text: string, name: string): number =>
  Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)`, 'm').exec(text)?.[1] ?? NaN);

beforeEach(async () => {
  playground = await Playground.create();
});
afterEach(async () => {
  for (const link of links.splice(0)) link.close();
  await playground.dispose();
});

describe.each(['sqlite', 'memory', 'none'])('two workers, --store %s', (store) => {
  it('OPS-42: people at different workers write to each other, stored and live, both ways', async () => {
    await start('--store', store);
    const [alice, bob] = [somebody(), somebody()];
    const atAlice = await linkAt(anywhere, alice);
    const first = await workerOf(atAlice);
    const atBob = await linkAt((pid) => pid !== first, bob);
    const [fromAlice, fromBob] = [
      await linkAt((pid) => pid === first, null),
      await linkAt((pid) => pid !== first, null),
    ];
    for (const [link, person] of [
      [atAlice, alice],
      [atBob, bob],
    ] as const) {
      await publish(link, person);
      await attach(link);
    }
    for (const [to, link, from] of [
      [bob, atBob, fromAlice],
      [alice, atAlice, fromBob],
    ] as const) {
      const heard = listen(link);
      const answers = listen(from);
      for (let number = 1; number <= 20; number++) {
        from.post({ case: 'send', value: to.envelope(Date.now(), number) });
        from.post({ case: 'send', value: { ...to.envelope(Date.now(), 100 + number), live: true } }, false);
      }
      await expect.poll(() => numbersIn(heard, false), { timeout: 30_000 }).toHaveLength(20);
      await expect.poll(() => numbersIn(heard, true), { timeout: 30_000 }).toHaveLength(20);
      expect(numbersIn(heard, false)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
      expect(numbersIn(heard, true)).toEqual(Array.from({ length: 20 }, (_, at) => at + 101));
      const ids = heard.frames.flatMap(({ body }) =>
        body.case === 'deliver' && !body.value.live ? [to.idOf(body.value)] : [],
      );
      await link.ask({ case: 'acknowledge', value: { ids: Buffer.concat(ids) } });
      const told = (): number =>
        answers.frames.reduce(
          (sum, { body }) =>
            sum + (body.case === 'stored' ? body.value.items.length : body.case === 'delivered' ? 1 : 0),
          0,
        );
      await expect.poll(told, { timeout: 30_000 }).toBe(20);
    }
  });

  it('OPS-42: a device that attaches at the other worker leaves the first, which closes', async () => {
    await start('--store', store);
    const alice = somebody();
    const before = await linkAt(anywhere, alice);
    const first = await workerOf(before);
    await publish(before, alice);
    await attach(before);
    const left = listen(before);
    const after = await linkAt((pid) => pid !== first, alice);
    await attach(after);
    await expect.poll(() => left.code, { timeout: 30_000 }).toBe(REPLACED);
    const heard = listen(after);
    const sender = await linkAt((pid) => pid === first, null);
    sender.post({ case: 'send', value: alice.envelope(Date.now(), 7) });
    await expect.poll(() => numbersIn(heard, false), { timeout: 30_000 }).toEqual([7]);
  });
});

it('OPS-45: every worker answers with the sum of all, which never falls', async () => {
  await start('--store', 'memory');
  const alice = somebody();
  const atAlice = await linkAt(anywhere, alice);
  const first = await workerOf(atAlice);
  await publish(atAlice, alice);
  await attach(atAlice);
  for (const side of [true, false]) {
    const link = await linkAt((pid) => (pid === first) === side, null);
    const answers = listen(link);
    for (let number = 0; number < 10; number++) link.post({ case: 'send', value: alice.envelope(Date.now(), number) });
    await expect.poll(() => answers.frames.length, { timeout: 30_000 }).toBeGreaterThan(0);
  }
  const page = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${node.port}${path}`)).text();
  const sends = async (): Promise<number> => count(await page('/metrics'), 'sotto_sends_total');
  for (let time = 0; time < 8; time++) expect(await page('/health')).toBe('ok\n');
  // Each worker says once a second what it counted.
  await expect.poll(sends, { timeout: 10_000 }).toBe(20);
  const before = await page('/metrics');
  expect(count(before, 'sotto_workers')).toBe(2);
  expect(count(before, 'sotto_attached_devices')).toBe(1);
  for (let time = 0; time < 8; time++) expect(await page('/ring')).toContain('Nodes      1 in force');
  process.kill(first, 'SIGKILL');
  await expect
    .poll(async () => count(await page('/metrics').catch(() => ''), 'sotto_worker_restarts_total'), { timeout: 30_000 })
    .toBe(1);
  await expect
    .poll(async () => count(await page('/metrics').catch(() => ''), 'sotto_workers'), { timeout: 30_000 })
    .toBe(2);
  expect(await sends()).toBe(20);
  expect(count(await page('/metrics'), 'sotto_attached_devices')).toBe(0);
  expect((await playground.run(['ring', 'status', '--data', playground.path('node'), '--json'])).code).toBe(0);
  const invite = await playground.run(['ring', 'invite', '--data', playground.path('node')]);
  expect([invite.code, invite.errors]).toEqual([1, expect.stringContaining('several workers')]);
}, 240_000);

it('OPS-44: a stop drains all workers: everybody is told to come back, and all processes end', async () => {
  await start('--store', 'sqlite');
  const people = await Promise.all(Array.from({ length: 8 }, () => BenchLink.open(server, somebody())));
  links.push(...people);
  const heard = people.map(listen);
  const all = await pids();
  expect(all).toHaveLength(2);
  expect(new Set(await Promise.all(people.map(workerOf))).size).toBe(2);
  expect(await node.end('SIGTERM')).toBe(0);
  await expect.poll(() => heard.map(({ code }) => code), { timeout: 10_000 }).toEqual(heard.map(() => GOING_AWAY));
  for (const { frames } of heard) expect(frames.map(({ body }) => body.case)).toEqual(['closing']);
  for (const pid of all) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(node.log().match(/"msg":"draining"/g)?.length).toBe(3);
  expect(node.log()).toMatch(/"worker":1.*"msg":"draining"/);
});

it('OPS-41: when the process that has the store dies, its workers end, and the node can be started again at once', async () => {
  await start('--store', 'sqlite');
  const alice = somebody();
  const before = await linkAt(anywhere, alice);
  await publish(before, alice);
  const sender = await linkAt(anywhere, null);
  const answers = listen(sender);
  sender.post({ case: 'send', value: alice.envelope(Date.now(), 3) });
  await expect.poll(() => answers.frames.map(({ body }) => body.case), { timeout: 30_000 }).toEqual(['stored']);
  const all = await pids();
  const { port } = node;
  await node.end('SIGKILL');
  node = await playground.node('node', LIMITS, port);
  const alive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  await expect.poll(() => all.filter(alive), { timeout: 10_000 }).toEqual([]);
  const after = await BenchLink.open(server, alice);
  links.push(after);
  const heard = listen(after);
  after.post({ case: 'attach', value: create(AttachSchema, {}) });
  await expect.poll(() => numbersIn(heard, false), { timeout: 30_000 }).toEqual([3]);
});

it('OPS-44: a worker that dies again and again is started less and less often, and says so in the log', async () => {
  await start('--store', 'memory');
  const dead = new Set<number>();
  for (let time = 0; time < 4; time++) {
    const fresh = (await pids()).filter((pid) => !dead.has(pid));
    dead.add(fresh[0]!);
    process.kill(fresh[0]!, 'SIGKILL');
    const running = async (): Promise<number> => (await pids()).filter((pid) => !dead.has(pid)).length;
    await expect.poll(running, { timeout: 30_000 }).toBe(2);
  }
  await pause(100);
  const delays = [...node.log().matchAll(/"worker":(\d).*"againInMs":(\d+),"msg":"worker-ended"/g)];
  expect(delays).toHaveLength(4);
  expect(Math.max(...delays.map(([, , ms]) => Number(ms)))).toBeGreaterThan(20);
  const health = (): Promise<number> =>
    fetch(`http://127.0.0.1:${node.port}/health`).then(
      ({ status }) => status,
      () => 0,
    );
  await expect.poll(health, { timeout: 30_000 }).toBe(200);
});

it('OPS-47: what several workers cannot do is refused with a reason', async () => {
  const refused = async (...args: string[]): Promise<[number | null, string]> => {
    const run = await playground.run(['node', '--listen', '127.0.0.1:0', '--data', playground.path('x'), ...args]);
    return [run.code, run.errors.trim()];
  };
  expect(await refused('--workers', '2', '--join', 'ws://127.0.0.1:1')).toEqual([
    78,
    expect.stringMatching(/^sotto node: --workers: .*one process/),
  ]);
  expect(await refused('--workers', '2', '--psk-file', 'room.key')).toEqual([78, expect.stringMatching(/room/)]);
  await start('--store', 'memory');
  const again = await playground.run([
    'node',
    '--listen',
    `127.0.0.1:${node.port}`,
    '--data',
    playground.path('y'),
    ...LIMITS,
  ]);
  expect([again.code, again.errors.trim()]).toEqual([78, expect.stringContaining('another program has that port')]);
});
