import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createDevice,
  type Device,
  envelopeQuestion,
  getNode,
  type NodeInfo,
  type Question,
  register,
  signatureHeaders,
} from '../../../../docs/examples/http-client.ts';
import { type NodeProcess, Playground } from '../processes.ts';
import { placeOf, workersOf } from './worker-places.ts';

const PATIENT = { timeout: 60_000, interval: 50 };

interface Answer {
  readonly status: number;
  readonly body: {
    readonly code?: string;
    readonly id?: string;
    readonly envelopes?: readonly { readonly id: string }[];
    readonly bundles?: readonly { readonly oneTime?: { readonly id: number } }[];
  };
}

let playground: Playground;
let node: NodeProcess;
let info: NodeInfo;
/** The two workers. */
let workers: number[];

beforeAll(async () => {
  playground = await Playground.create();
  node = await playground.node('node', ['--workers', '2', '--store', 'memory', '--web', 'off']);
  info = await getNode(node.url.replace('ws:', 'http:'));
  workers = await workersOf(node.child.pid!);
}, 120_000);
afterAll(() => playground.dispose());

/** A connection to that worker: one connects until the system deals one to it. */
async function connectionTo(worker: number): Promise<Socket> {
  for (;;) {
    const socket = connect(node.port, '127.0.0.1');
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    // Nobody has it before it is accepted.
    const place = await vi.waitFor(() => placeOf(workers, node.port, socket.localPort!), PATIENT);
    if (place === worker) return socket;
    socket.destroy();
  }
}

type Prepared = (worker: number) => Promise<Answer>;

/** A request that can be made more than once. @param device who signs; null: nobody */
function prepared({ method, path, body: asked }: Question, device: Device | null): Prepared {
  const body = asked === undefined ? null : JSON.stringify(asked);
  const headers = {
    connection: 'close',
    ...(body === null ? {} : { 'content-type': 'application/json', 'content-length': `${Buffer.byteLength(body)}` }),
    ...(device === null ? {} : signatureHeaders(info, { method, path }, body, device)),
  };
  return async (worker) => {
    const socket = await connectionTo(worker);
    return await new Promise((resolve, reject) => {
      const asking = request({ method, path, headers, createConnection: () => socket }, (response) => {
        let text = '';
        response.on('data', (data: Buffer) => (text += data.toString()));
        response.on('end', () => resolve({ status: response.statusCode!, body: JSON.parse(text) as Answer['body'] }));
      });
      asking.on('error', reject);
      asking.end(body ?? undefined);
    });
  };
}

async function resident(): Promise<Device> {
  const device = createDevice();
  await register(info, device);
  return device;
}

const poll = (device: Device, query: string): Prepared =>
  prepared({ method: 'GET', path: `/v1/envelopes${query}` }, device);

async function send(worker: number, { account, device, capability }: Device): Promise<string> {
  const expires = Math.floor(Date.now() / 1000) + 3600;
  const envelope = { mailbox: account.publicKey, device, expires, body: randomBytes(2048) };
  const { body } = await prepared(envelopeQuestion(envelope, capability), null)(worker);
  return body.id!;
}

/** Polls that wait, at all workers together: each says so once a second. */
async function waiting(count: number): Promise<void> {
  const attached = async (): Promise<number> => {
    const page = await (await fetch(`http://127.0.0.1:${node.port}/metrics`)).text();
    return Number(/^sotto_attached_devices (\d+)/m.exec(page)?.[1] ?? NaN);
  };
  await expect.poll(attached, { timeout: 60_000, interval: 200 }).toBe(count);
}

const idsIn = ({ body }: Answer): string[] | undefined => body.envelopes?.map(({ id }) => id);

describe('two workers, over HTTP', () => {
  it('HTTP-12, TM-96: a request that one worker took is not taken by the other', async () => {
    expect(workers).toHaveLength(2);
    const anna = await resident();
    const [first, second] = workers as [number, number];
    const fetching = poll(anna, '');
    expect((await fetching(first)).status).toBe(200);
    for (const worker of [second, first]) {
      expect(await fetching(worker)).toMatchObject({ status: 401, body: { code: 'signature-replayed' } });
    }
    expect((await poll(anna, '')(second)).status).toBe(200);
  });

  it('HTTP-32: a poll that waits at one worker is answered when something is stored at the other', async () => {
    const anna = await resident();
    const [first, second] = workers as [number, number];
    const asked = poll(anna, '?wait=50')(second);
    await waiting(1);
    const id = await send(first, anna);
    expect(idsIn(await asked)).toEqual([id]);
    await waiting(0);
  });

  it('HTTP-33: a newer poll at the other worker takes the place of the older', async () => {
    const anna = await resident();
    const [first, second] = workers as [number, number];
    const older = poll(anna, '?wait=50')(first);
    await waiting(1);
    const newer = poll(anna, '?wait=50')(second);
    expect(await older).toMatchObject({ status: 409, body: { code: 'replaced' } });
    const id = await send(first, anna);
    expect(idsIn(await newer)).toEqual([id]);
  });

  it('OPS-4: one-time keys are given out once, by either worker', async () => {
    const anna = await resident();
    const [account, capability] = [anna.account.publicKey, anna.capability].map((key) => key.toString('base64url'));
    const asking = prepared({ method: 'POST', path: '/v1/bundles', body: { account, capability } }, null);
    const given = await Promise.all([...workers, workers[0]!].map((worker) => asking(worker)));
    // Two came with the registration, for three who ask.
    const ids = given.map(({ body }) => body.bundles![0]!.oneTime?.id ?? null);
    expect(ids.filter((id) => id !== null)).toHaveLength(2);
    expect(new Set(ids).size).toBe(3);
  });
});
