import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Config, ConfigError } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import { silentLog } from '../log.ts';
import type { RingStatus } from '../ring/ring-status.ts';
import { askNode } from './control/ask-node.ts';
import { controlAddress } from './control/control-address.ts';
import { describeStatus } from './control/describe-ring.ts';
import { type RunningNode, startNode } from './start-node.ts';

// What a node did not hear as news it learns by comparing, about once a minute (RING-16): once for joining, once for leaving.
const COMPARED_TWICE_MS = 180_000;

let directory = '';
let running: RunningNode[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sotto-ring-'));
});

afterEach(async () => {
  const ending = running;
  running = [];
  await Promise.all(ending.map((node) => node.close()));
  rmSync(directory, { recursive: true, force: true });
});

const configOf = (name: string, flags: Record<string, unknown>): Config =>
  readConfig({ flags: { listen: '127.0.0.1:0', data: join(directory, name), ...flags }, env: {}, file: null });

async function start(name: string, flags: Record<string, unknown> = {}): Promise<RunningNode> {
  const node = await startNode(configOf(name, flags), silentLog, () => {});
  running.push(node);
  return node;
}

const ask = (name: string, command: 'status' | 'invite' | 'leave'): Promise<unknown> =>
  askNode(controlAddress(join(directory, name))!, command);
const statusOf = async (name: string): Promise<RingStatus> => (await ask(name, 'status')) as RingStatus;

/** Until so many nodes are in force there. */
async function inForce(name: string, count: number): Promise<RingStatus> {
  for (;;) {
    const status = await statusOf(name);
    if (status.nodes.filter((node) => node.inForce && node.weight > 0).length === count) return status;
    await wait(100);
  }
}

test(
  'RING-44, RING-49: three nodes find each other from one address, and one leaves again',
  { timeout: COMPARED_TWICE_MS },
  async () => {
    const first = await start('a', { epoch: 1 });
    const [, leaver] = await Promise.all([start('b', { join: [first.url] }), start('c', { join: [first.url] })]);
    const views = await Promise.all(['a', 'b', 'c'].map((name) => inForce(name, 3)));
    expect(new Set(views.map(({ network }) => network)).size).toBe(1);
    expect(describeStatus(views[0]!, new Date())).toContain('Nodes      3 in force');
    const page = await fetch(`${first.url.replace('ws', 'http')}/ring`);
    expect(await page.text()).toContain('in force');

    await ask('c', 'leave');
    await leaver.ring.left;
    expect((await inForce('a', 2)).nodes.find(({ node }) => node === leaver.nodeId)?.weight).toBe(0);
  },
);

test('RING-45, RING-46: joined with a token; a restart keeps the ring', { timeout: COMPARED_TWICE_MS }, async () => {
  const first = await start('a', { epoch: 1, admit: 'invite' });
  await expect(start('b', { join: [first.url] })).rejects.toThrow(/join token/);
  const token = String(await ask('a', 'invite'));
  const second = await start('b', { join: [token] });
  const { network } = await inForce('b', 2);
  await second.close();
  running = running.filter((node) => node !== second);
  const again = await start('b');
  expect(again.nodeId).toBe(second.nodeId);
  expect((await inForce('b', 2)).network).toBe(network);
  await expect(start('c', { join: [token] })).rejects.toThrow(/used already/);
});

test('RING-44: what cannot join says so', async () => {
  const first = await start('a');
  await expect(start('b', { join: [first.url], store: 'none' })).rejects.toThrow(ConfigError);
  const other = await start('d', { admit: 'invite' });
  const token = other.ring.invite()!;
  await start('b', { join: [first.url] });
  await running.pop()!.close();
  await expect(start('b', { join: [token] })).rejects.toThrow(/another network/);
});

test('RING-49: only the user may ask, and a node that does not run says nothing', async () => {
  await start('a');
  expect(statSync(join(directory, 'a', 'control.sock')).mode & 0o777).toBe(0o600);
  await expect(ask('nobody', 'status')).rejects.toMatchObject({ code: 'not-running' });
  await expect(ask('a', 'leave')).rejects.toThrow(/no other node/);
});
