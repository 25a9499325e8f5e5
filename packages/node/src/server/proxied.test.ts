import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { CLOSE } from '@sotto/protocol/link';
import { WebSocket } from 'ws';
import { readConfig } from '../config/read-config.ts';
import type { Limits } from '../limits.ts';
import type { Log, LogFields } from '../log.ts';
import { type RunningNode, startNode } from './start-node.ts';

const NK = 'sotto.1.Noise_NK_25519_ChaChaPoly_SHA256';
const ANNA = '198.51.100.7';
const BOB = '198.51.100.8';

let node: RunningNode | null = null;
const links: WebSocket[] = [];
const logged: string[] = [];

const note = (event: string, fields: LogFields = {}): void => void logged.push(JSON.stringify({ event, ...fields }));
const log: Log = { info: note, warn: note, error: note };

async function start(flags: Record<string, unknown>, limits: Partial<Limits>): Promise<RunningNode> {
  const config = readConfig({ flags: { listen: '127.0.0.1:0', store: 'memory', ...flags }, env: {}, file: null });
  node = await startNode({ ...config, limits }, log, () => {});
  return node;
}

afterEach(async () => {
  for (const link of links.splice(0)) link.terminate();
  await node?.close();
  node = null;
});

/** Somebody who connects and says nothing. @returns the code with which the link is closed; null: it stays open */
async function connectAs(address: string, header = 'X-Forwarded-For'): Promise<number | null> {
  const link = new WebSocket(node!.url, [NK], { perMessageDeflate: false, headers: { [header]: address } });
  links.push(link);
  await once(link, 'open');
  const closed = once(link, 'close').then(([code]) => Number(code));
  // The node's answer to this comes after what it says to the connection.
  const pong = once(link, 'pong').then(() => null);
  link.ping();
  return Promise.race([closed, pong]);
}

/** A question about an account that nobody has. */
const askAs = async (address: string): Promise<number> => {
  const response = await fetch(`${node!.url.replace('ws:', 'http:')}/v1/device-lists`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify({ account: Buffer.alloc(32, 7).toString('base64url') }),
  });
  await response.arrayBuffer();
  return response.status;
};

async function exhaust(address: string): Promise<void> {
  await expect.poll(() => askAs(address), { interval: 0, timeout: 60_000 }).toBe(429);
}

describe('OPS-51, TM-100: limits per address behind a proxy', () => {
  test('links count for whom the trusted proxy saw, and no address is in the log', async () => {
    const { metrics } = await start({ trustedProxies: '127.0.0.0/8' }, { halfOpenPerAddress: 1 });
    expect(await connectAs(ANNA)).toBeNull();
    expect(await connectAs(ANNA)).toBe(CLOSE.tooMany.code);
    expect(await connectAs(`for=${ANNA}`, 'Forwarded')).toBe(CLOSE.tooMany.code);
    expect(await connectAs(`${BOB}, ${ANNA}`)).toBe(CLOSE.tooMany.code);
    expect(await connectAs(BOB)).toBeNull();
    expect(logged.join('\n')).not.toMatch(/198\.51|127\.0\.0/);
    expect(JSON.stringify(metrics)).not.toMatch(/198\.51/);
  });

  test('links count for the peer while its word does not', async () => {
    await start({ trustedProxies: '10.0.0.0/8' }, { halfOpenPerAddress: 1 });
    expect(await connectAs(ANNA)).toBeNull();
    expect(await connectAs(BOB)).toBe(CLOSE.tooMany.code);
    expect(await connectAs(`for=${BOB}`, 'Forwarded')).toBe(CLOSE.tooMany.code);
  });

  test('so do requests over HTTP', async () => {
    await start({ trustedProxies: '127.0.0.1' }, { coldBurst: 1, coldPerSecond: 0 });
    await exhaust(ANNA);
    expect(await askAs(`${BOB}, ${ANNA}`)).toBe(429);
    expect(await askAs(BOB)).toBe(404);
    expect(logged.join('\n')).not.toMatch(/198\.51|127\.0\.0/);
    await node!.close();
    await start({}, { coldBurst: 1, coldPerSecond: 0 });
    await exhaust(ANNA);
    expect(await askAs(BOB)).toBe(429);
  });
});

describe('OPS-52: the node’s keys in a file of their own', () => {
  test('edges that are given the same one are the same node; their data directories have none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sotto-keys-'));
    const identityFile = join(folder, 'keys.json');
    const dataOf = (edge: string): string => join(folder, edge);
    const first = await start({ data: dataOf('a'), identityFile }, {});
    const key = readFileSync(identityFile, 'utf8');
    const { nodeId } = first;
    await first.close();
    const second = await start({ data: dataOf('b'), identityFile }, {});
    expect(second.nodeId).toBe(nodeId);
    expect(readFileSync(identityFile, 'utf8')).toBe(key);
    for (const edge of ['a', 'b']) {
      expect(existsSync(dataOf(edge))).toBe(true);
      expect(existsSync(join(dataOf(edge), 'node-identity.json'))).toBe(false);
    }
  });

  test('one that is not there and cannot be made is named', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sotto-keys-'));
    const identityFile = join(folder, 'secrets', 'keys.json');
    await expect(start({ data: folder, identityFile }, {})).rejects.toThrow(
      `The node's key file ${identityFile} cannot be written: it does not exist.`,
    );
  });
});
