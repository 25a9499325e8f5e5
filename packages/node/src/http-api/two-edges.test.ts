import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  ask,
  type Device,
  envelopeQuestion,
  type Fetched,
  keyUpload,
  type Question,
  signatureHeaders,
} from '../../../../docs/examples/http-client.ts';
import { findPostgres, POSTGRES_MISSING, PostgresServer } from '../store/postgres/testing/postgres-server.ts';
import { redisMissing, RedisServer } from '../wake/redis/testing/redis-server.ts';
import { problemOf, resident, startTestNode } from './testing.fixture.ts';

const missing = redisMissing() ?? (findPostgres() === null ? POSTGRES_MISSING : null);
if (missing !== null && process.env['CI'] === 'true') throw new Error(missing);
// oxlint-disable-next-line no-console -- whoever runs the tests is to know what was left out
if (missing !== null) console.warn(missing);

type Node = Awaited<ReturnType<typeof startTestNode>>;
const PATIENT = { timeout: 60_000 };

/** A signed request that can be made more than once, as somebody does who has seen it. */
function seen(node: Node, question: Question, device: Device): (at: Node) => Promise<Response> {
  const { method, path } = question;
  const body = question.body === undefined ? null : JSON.stringify(question.body);
  const headers = {
    ...signatureHeaders(node.info, question, body, device),
    ...(body === null ? {} : { 'content-type': 'application/json' }),
  };
  return (at) => fetch(at.http + path, { method, headers, body });
}

const poll = (at: Node, device: Device, query: string): Promise<Response> =>
  seen(at, { method: 'GET', path: `/v1/envelopes${query}` }, device)(at);
const fetched = async (answer: Promise<Response>): Promise<Fetched> => (await (await answer).json()) as Fetched;

async function send(at: Node, to: Device): Promise<string> {
  const expires = Math.floor(Date.now() / 1000) + 3600;
  const envelope = { mailbox: to.account.publicKey, device: to.device, expires, body: randomBytes(2048) };
  return ((await ask(at.info, envelopeQuestion(envelope, to.capability), null)) as { id: string }).id;
}

interface Given {
  readonly oneTime?: { readonly id: number };
  readonly kyberPrekey: { readonly id: number };
}

async function bundleOf(at: Node, device: Device): Promise<Given> {
  const account = device.account.publicKey.toString('base64url');
  const body = { account, capability: device.capability.toString('base64url') };
  const { bundles } = (await ask(at.info, { method: 'POST', path: '/v1/bundles', body }, null)) as { bundles: Given[] };
  return bundles[0]!;
}

describe.skipIf(missing !== null)('two edges of one node, over HTTP', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-edges-'));
  let postgres: PostgresServer;
  let redis: RedisServer;
  let a: Node;
  let b: Node;

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([PostgresServer.start(), RedisServer.start()]);
    const shared = { store: postgres.url(), redis: redis.url, identityFile: join(folder, 'node-identity.json') };
    a = await startTestNode({ ...shared, data: join(folder, 'a') });
    b = await startTestNode({ ...shared, data: join(folder, 'b') });
    // Nodes do not wait for Redis: until both have found it.
    const anna = await resident(a.info);
    const isRefused = async (): Promise<boolean> => {
      const fetching = seen(a, { method: 'GET', path: '/v1/envelopes' }, anna);
      await fetching(a);
      return (await fetching(b)).status === 401;
    };
    await vi.waitUntil(isRefused, { ...PATIENT, interval: 200 });
  }, 120_000);
  afterAll(async () => {
    await Promise.all([a?.close(), b?.close()]);
    await Promise.all([postgres?.dispose(), redis?.dispose()]);
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  test('HTTP-12, TM-96: a request that one edge took is taken by no other', { retry: 2 }, async () => {
    // Again: a Redis that took longer than a second is not waited for.
    expect(b.info.node).toBe(a.info.node);
    const anna = await resident(a.info);
    const upload = seen(a, { method: 'POST', path: '/v1/keys', body: keyUpload(anna) }, anna);
    expect((await upload(a)).status).toBe(200);
    for (const edge of [b, a]) {
      expect(await problemOf(upload(edge))).toMatchObject({ status: 401, code: 'signature-replayed' });
    }
    // What comes to both at once is taken by one.
    const fetching = seen(b, { method: 'GET', path: '/v1/envelopes' }, anna);
    const statuses = (await Promise.all([fetching(a), fetching(b)])).map(({ status }) => status);
    expect(statuses.toSorted((one, other) => one - other)).toEqual([200, 401]);
  });

  test('HTTP-32: a poll that waits at one edge is answered when something is stored at the other', async () => {
    const anna = await resident(a.info);
    const asked = fetched(poll(b, anna, '?wait=50'));
    await expect.poll(() => b.metrics.attached, PATIENT).toBe(1);
    const id = await send(a, anna);
    const { envelopes } = await asked;
    expect(envelopes.map((one) => one.id)).toEqual([id]);
    // It can be acknowledged at either.
    await ask(a.info, { method: 'POST', path: '/v1/acknowledgements', body: { ids: [id] } }, anna);
    expect((await fetched(poll(b, anna, ''))).envelopes).toEqual([]);
  });

  test('HTTP-33: a newer poll at another edge takes the place of the older', async () => {
    const anna = await resident(b.info);
    const older = poll(a, anna, '?wait=50');
    await expect.poll(() => a.metrics.attached, PATIENT).toBe(1);
    const newer = fetched(poll(b, anna, '?wait=50'));
    expect(await problemOf(older)).toMatchObject({ status: 409, code: 'replaced' });
    const id = await send(a, anna);
    expect((await newer).envelopes.map((one) => one.id)).toEqual([id]);
  });

  test('OPS-4: one-time keys that came by one edge are given out once, by either', async () => {
    const anna = await resident(a.info);
    const given = await Promise.all([b, a, b].map((edge) => bundleOf(edge, anna)));
    const ids = given.map(({ oneTime }) => oneTime?.id ?? null);
    // Two came with the registration, for three who ask.
    expect(ids.filter((id) => id !== null)).toHaveLength(2);
    expect(new Set(ids).size).toBe(3);
    // One that is not the last resort.
    const kyber = given.map(({ kyberPrekey }) => kyberPrekey.id);
    expect(new Set(kyber).size).toBe(2);
  });
});
