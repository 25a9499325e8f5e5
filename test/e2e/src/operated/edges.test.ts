import { copyFileSync, mkdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Message } from '@sotto/engine/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPostgres, PostgresServer } from '../../../../packages/node/src/store/postgres/testing/postgres-server.ts';
import { redisMissing, RedisServer } from '../../../../packages/node/src/wake/redis/testing/redis-server.ts';
import { end, type NodeProcess, Playground } from '../processes.ts';
import { RpcProcess } from '../rpc-process.ts';
import { Balancer, freePort } from './balancer.ts';

const missing =
  redisMissing() ?? (findPostgres() === null ? 'PostgreSQL 15 is missing: apt-get install postgresql' : null);
if (missing !== null && process.env['CI'] === 'true') throw new Error(missing);
// oxlint-disable-next-line no-console -- whoever runs the tests is to know what was left out
if (missing !== null) console.warn(missing);

const MESSAGES_EACH = 100;
const EDGES = ['edge-1', 'edge-2'] as const;
const KEY = 'node-identity.json';

describe.skipIf(missing !== null)('two edges of one node behind a balancer', () => {
  let playground: Playground;
  let postgres: PostgresServer | null = null;
  let redis: RedisServer | null = null;
  let balancer: Balancer | null = null;
  let ports: number[];
  const edges: NodeProcess[] = [];

  const start = (at: number, ...more: string[]): Promise<NodeProcess> => {
    const shared = ['--store', postgres!.url(), '--redis', redis!.url, '--public-url', balancer!.url];
    return playground.node(EDGES[at]!, [...shared, '--web', 'off', ...more], ports[at]);
  };
  const restart = async (at: number): Promise<void> => {
    expect(await edges[at]!.end('SIGTERM')).toBe(0);
    await pause(300);
    edges[at] = await start(at);
  };

  beforeAll(async () => {
    playground = await Playground.create();
    [postgres, redis] = await Promise.all([PostgresServer.start(), RedisServer.start({ password: 'geheim' })]);
    ports = [await freePort(), await freePort()];
    balancer = await Balancer.start(ports);
    edges[0] = await start(0);
    mkdirSync(playground.path(EDGES[1]));
    copyFileSync(playground.path(EDGES[0], KEY), playground.path(EDGES[1], KEY));
    edges[1] = await start(1);
  }, 300_000);
  afterAll(async () => {
    await playground.dispose();
    await balancer?.stop();
    await Promise.all([postgres?.dispose(), redis?.dispose()]);
  }, 60_000);

  it('OPS-33: an edge with another key is refused, and told what to do without a password', async () => {
    const args = ['--listen', '127.0.0.1:0', '--data', playground.path('stranger'), '--store', postgres!.url()];
    const { code, errors } = await playground.run(['node', ...args]);
    expect(code).toBe(1);
    expect(errors).toMatch(/belongs to the node [0-9a-f]{64}.*Copy node-identity\.json/s);
    expect(errors).not.toContain('secret');
  }, 120_000);

  it('OPS-31, OPS-32: a worker of its own works, and ends when it is asked to; edges find it', async () => {
    const worker = playground.start(['worker', '--store', postgres!.url(), '--redis', redis!.url, '--json']);
    let log = '';
    worker.stdout!.on('data', (data: Buffer) => (log += data.toString()));
    worker.stderr!.on('data', (data: Buffer) => (log += data.toString()));
    while (!/"working".*worked.*worked/s.test(log)) await pause(50);
    expect(log).not.toContain('secret');
    expect(await end(worker, 'SIGTERM')).toBe(0);
  }, 300_000);

  it('OPS-34: both edges are restarted, one after the other, while people talk: nothing is lost, nothing comes twice', async () => {
    const people = ['Alice', 'Bob'].map((name) => new RpcProcess(playground, playground.path(name)));
    for (const name of ['Alice', 'Bob']) {
      const profile = ['--profile', playground.path(name)];
      const made = await playground.run(['init', ...profile, '--name', name, '--node', balancer!.url]);
      expect(made.code, made.errors).toBe(0);
    }
    for (const person of people) person.start();
    const [alice, bob] = people as [RpcProcess, RpcProcess];
    const meet = async (one: RpcProcess, other: RpcProcess): Promise<string> => {
      const { invite } = await other.call('whoami', {});
      return (await one.call('add', { to: invite })).address;
    };
    const [toBob, toAlice] = [await meet(alice, bob), await meet(bob, alice)];
    const write = async (from: RpcProcess, to: string): Promise<void> => {
      for (let at = 0; at < MESSAGES_EACH; at++) {
        await from.call('send', { to, text: `message ${at}` });
        await pause(20);
      }
    };
    const restarts = async (): Promise<void> => {
      await pause(1500);
      await restart(0);
      await pause(1500);
      await restart(1);
    };
    await Promise.all([write(alice, toBob), write(bob, toAlice), restarts()]);
    const deliveredAll = (messages: readonly Message[]): boolean =>
      messages.filter(({ outgoing }) => outgoing).every(({ state }) => state === 'delivered');
    for (let attempt = 0; ; attempt++) {
      const histories = await Promise.all(people.map((person) => person.history()));
      if (histories.every(deliveredAll)) break;
      expect(attempt).toBeLessThan(400);
      await pause(500);
    }
    const wanted = Array.from({ length: MESSAGES_EACH }, (_, at) => `message ${at}`);
    for (const person of people) {
      const received = (await person.history()).filter(({ outgoing }) => !outgoing);
      expect(received.map(({ content }) => ('text' in content ? content.text : content))).toEqual(wanted);
    }
    const logs = edges.map((edge) => edge.log()).join('');
    expect(logs).not.toMatch(/geheim|secret/);
    expect(await Promise.all(people.map((person) => person.stop()))).toEqual([0, 0]);
    expect(await Promise.all(edges.map((edge) => edge.end('SIGTERM')))).toEqual([0, 0]);
  }, 400_000);
});
