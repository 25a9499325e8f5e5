import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseCommandLine } from '../config/command-line.ts';
import { nodeClock } from '../server/node-clock.ts';
import { type RunningNode, startNode } from '../server/start-node.ts';
import { examineNode } from './examine-node.ts';
import type { NodeCheck } from './node-check.ts';
import { reachCheck } from './reach-check.ts';
import { runDoctor } from './run-doctor.ts';
import { configOf, named, soundMachine } from './sound-machine.fixture.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };
const machine = { ...soundMachine, clock: nodeClock };
let directory: string;
let node: RunningNode;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sotto-doctor-'));
  const config = configOf('--data', join(directory, 'node'), '--listen', '127.0.0.1:0', '--web', 'off');
  node = await startNode(config, silent, () => {});
});
afterAll(async () => {
  await node.close();
  rmSync(directory, { recursive: true, force: true });
});

async function run(...argv: string[]): Promise<{ status: number; output: string; checks: NodeCheck[] }> {
  let output = '';
  const status = await runDoctor(configOf(...argv), null, (text) => (output += text), machine);
  const checks = argv.includes('--json')
    ? output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as NodeCheck)
    : [];
  return { status, output, checks };
}

describe('sotto node --doctor', () => {
  test('OPS-59: beside a node that runs, with its own settings; nothing changes', async () => {
    const data = join(directory, 'node');
    const before = readdirSync(data);
    const checks = await examineNode(configOf('--data', data, '--public-url', node.url), machine, node.url);
    expect(checks.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(named(checks, 'reachability').found).toBe(`${node.url} leads to this node, ${node.nodeId}`);
    expect(named(checks, 'clock').found).toContain('of the node at 127.0.0.1');
    expect(readdirSync(data).filter((name) => !before.includes(name))).toEqual([]);
  });

  test('OPS-59: each line says what was found, what it means for messages, and what to do; one object a line with --json', async () => {
    const argv = ['--data', join(directory, 'node'), '--public-url', 'ws://127.0.0.1:1'];
    const { status, checks } = await run(...argv, '--json');
    expect(status).toBe(1);
    for (const { name, state, found, means, fix } of checks) {
      expect([name, found, means].every((text) => text.length > 0)).toBe(true);
      expect(fix === undefined).toBe(state === 'ok');
    }
    const { output } = await run(...argv);
    expect(output).toContain('\nfailed   reachability: ws://127.0.0.1:1 does not answer');
    expect(output).toMatch(/To do: Start the node/);
  });

  test('OPS-59: warnings alone are no failure', async () => {
    const { status, checks } = await run('--data', join(directory, 'node'), '--listen', '0.0.0.0:1', '--json');
    expect(named(checks, 'reachability')).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('nothing to try'),
    });
    expect(checks.filter(({ state }) => state === 'failed').map(({ name }) => name)).toEqual([]);
    expect(status).toBe(0);
  });

  test('OPS-59: the flags of the node and two more', () => {
    const asked = parseCommandLine(['--store', 'none', '--doctor', '--compare-clock', 'wss://b.example'], () => {});
    expect(asked).toMatchObject({ kind: 'doctor', flags: { store: 'none' }, compareClock: 'wss://b.example' });
    expect(() => parseCommandLine(['--compare-clock', 'wss://b.example'], () => {})).toThrow('goes with --doctor');
    expect(() => parseCommandLine(['--doctor', '--compare-clock', 'b.example'], () => {})).toThrow(
      'must be the address',
    );
  });

  test('OPS-58: the public address leads to another node, or to none', async () => {
    const config = configOf('--public-url', node.url);
    expect(await reachCheck(config, 'cd'.repeat(32), nodeClock)).toMatchObject({
      state: 'failed',
      found: expect.stringContaining(node.nodeId),
    });
    const server = createServer((_, response) => response.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await reachCheck(configOf('--public-url', url), node.nodeId, nodeClock)).toMatchObject({ state: 'failed' });
    await new Promise((resolve) => server.close(resolve));
  });

  test('OPS-60: no password and no key is in what it says', async () => {
    const data = join(directory, 'node');
    const secrets = [...readFileSync(join(data, 'node-identity.json'), 'utf8').matchAll(/"([\w-]{43})"/g)].map(
      ([, key]) => key!,
    );
    expect(secrets.length).toBe(3);
    const store = 'postgres://user:store-geheim@127.0.0.1:1/x';
    const redis = 'redis://:redis-geheim@127.0.0.1:1';
    const argv = ['--data', data, '--store', store, '--redis', redis, '--public-url', 'ws://127.0.0.1:1'];
    for (const { output } of [await run(...argv), await run(...argv, '--json')]) {
      expect(output).toContain('postgres://user:***@127.0.0.1:1/x');
      for (const secret of ['geheim', ...secrets]) expect(output).not.toContain(secret);
    }
  });

  test('OPS-60: nor of a key file that is damaged', async () => {
    const data = mkdtempSync(join(directory, 'damaged-'));
    writeFileSync(join(data, 'node-identity.json'), '{"nodeSeed":"geheim"', { mode: 0o600 });
    const { status, output } = await run('--data', data);
    expect(status).toBe(1);
    expect(output).toContain('is damaged');
    expect(output).not.toContain('geheim');
  });
});
