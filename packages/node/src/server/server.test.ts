import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodePrimitives as primitives, systemRandom as random } from '@sotto/primitives-node';
import { verifyDescriptor } from '@sotto/protocol/identity';
import { CLOSE, type LinkChannel, LinkInitiator } from '@sotto/protocol/link';
import { encodeFrame } from '@sotto/protocol/wire';
import { WebSocket } from 'ws';
import { readConfig } from '../config/read-config.ts';
import { silentLog } from '../log.ts';
import { remoteKey } from './remote-key.ts';
import { type RunningNode, startNode } from './start-node.ts';

const NK = 'sotto.1.Noise_NK_25519_ChaChaPoly_SHA256';
let node: RunningNode;

beforeAll(async () => {
  const config = readConfig({ flags: { listen: '127.0.0.1:0', store: 'none' }, env: {}, file: null });
  node = await startNode(config, silentLog, () => {});
});
afterAll(() => node.close());

function open(subprotocols: string[]): WebSocket {
  return new WebSocket(node.url, subprotocols, { perMessageDeflate: false });
}

const closeOf = (ws: WebSocket): Promise<number> => new Promise((resolve) => ws.once('close', resolve));
const messageOf = (ws: WebSocket): Promise<Buffer> => new Promise((resolve) => ws.once('message', resolve));
const opened = (ws: WebSocket): Promise<void> => new Promise((resolve) => ws.once('open', () => resolve()));

async function descriptor() {
  const ws = open(['sotto.1.descriptor']);
  const closed = closeOf(ws);
  const verified = verifyDescriptor(primitives, await messageOf(ws), { nowMs: null });
  expect(await closed).toBe(1000);
  return verified;
}

async function anonymous(): Promise<{ ws: WebSocket; channel: LinkChannel }> {
  const { network, linkKey } = await descriptor();
  const suite = { pattern: 'NK', cipher: 'ChaChaPoly' } as const;
  const initiator = new LinkInitiator({
    primitives,
    random,
    suite,
    network,
    nodeId: null,
    nowMs: null,
    remoteLinkKey: linkKey,
  });
  const ws = open([NK]);
  await opened(ws);
  ws.send(initiator.start());
  initiator.receive(await messageOf(ws));
  return { ws, channel: initiator.channel };
}

async function ping({ ws, channel }: { ws: WebSocket; channel: LinkChannel }): Promise<string | undefined> {
  ws.send(channel.seal(encodeFrame({ request: 1, body: { case: 'ping', value: {} } })));
  return channel.open(await messageOf(ws))[0]?.body.case;
}

/** Of the answer to a request as a client writes it. */
const statusOf = (
  path: string,
  host: string,
  header = 'X: y',
  port = Number(new URL(node.url).port),
): Promise<number> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${header}\r\nConnection: close\r\n\r\n`);
    });
    socket.on('error', reject);
    socket.once('data', (data) => {
      socket.destroy();
      resolve(Number(data.toString('latin1').split(' ')[1]));
    });
  });

describe('a real port', () => {
  test('NODE-1: descriptor, handshake, ping', async () => {
    const verified = await descriptor();
    expect(verified.urls).toEqual([node.url]);
    expect(verified.capabilities).toEqual(['live']);
    expect(Buffer.from(verified.node).toString('hex')).toBe(node.nodeId);
    const link = await anonymous();
    expect(await ping(link)).toBe('pong');
    link.ws.close();
  });

  test('NODE-1: a subprotocol that is not spoken here is closed 4426, none at all too', async () => {
    expect(await closeOf(open(['graphql-ws', 'mqtt']))).toBe(CLOSE.unsupported.code);
    expect(await closeOf(open([]))).toBe(CLOSE.unsupported.code);
    const chosen = open(['mqtt', NK]);
    await opened(chosen);
    expect(chosen.protocol).toBe(NK);
    chosen.terminate();
  });

  test('NODE-5: text, oversize and broken frames end their own socket with stable codes', async () => {
    const witness = await anonymous();
    const text = open([NK]);
    await opened(text);
    text.send('hello');
    expect(await closeOf(text)).toBe(CLOSE.malformed.code);

    const large = open([NK]);
    await opened(large);
    large.send(new Uint8Array(65_536));
    expect(await closeOf(large)).toBe(CLOSE.tooLarge.code);

    const broken = open([NK]);
    await opened(broken);
    // A frame with a reserved opcode, past the library.
    (broken as unknown as { _socket: NodeJS.WritableStream })._socket.write(Buffer.from([0x83, 0x80, 0, 0, 0, 0]));
    expect(await closeOf(broken)).toBe(CLOSE.malformed.code);

    expect(await ping(witness)).toBe('pong');
    witness.ws.close();
  });

  test('a socket that is cut leaves nothing behind', async () => {
    const link = await anonymous();
    expect(node.metrics.linksOpen).toBe(1);
    link.ws.terminate();
    await expect.poll(() => node.metrics.linksOpen).toBe(0);
  });
});

describe('WebSocket', () => {
  const request = (headers: Record<string, string>): Promise<string> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(node.url);
      const socket = connect(Number(port), hostname);
      const lines = Object.entries({ Host: 'x', Connection: 'Upgrade', ...headers }).map(
        ([name, value]) => `${name}: ${value}`,
      );
      let answer = '';
      socket.on('data', (data) => (answer += data.toString('latin1')));
      socket.on('end', () => resolve(answer));
      socket.on('error', reject);
      socket.write(`GET / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    });
  const good = {
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  };

  test('the opening handshake of RFC 6455, and what is no such handshake', async () => {
    const answer = await request(good);
    expect(answer).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n');
    // No subprotocol: closed 4426 right away.
    expect(answer.slice(answer.indexOf('\r\n\r\n') + 4, -1)).toContain('\x11\x4a');
    expect(await request({ ...good, 'Sec-WebSocket-Version': '8' })).toMatch(
      /^HTTP\/1\.1 426 .*Sec-WebSocket-Version: 13/s,
    );
    expect(await request({ ...good, 'Sec-WebSocket-Key': 'short' })).toMatch(/^HTTP\/1\.1 400 /);
    expect(await request({ ...good, Upgrade: 'h2c' })).toMatch(/^HTTP\/1\.1 400 /);
    expect(await request({ ...good, 'Sec-WebSocket-Protocol': 'a b' })).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('pings are answered, fragments joined, a close is answered with its code', async () => {
    const { ws, channel } = await anonymous();
    const pong = new Promise<Buffer>((resolve) => ws.once('pong', resolve));
    ws.ping('are you there');
    expect((await pong).toString()).toBe('are you there');
    const message = channel.seal(encodeFrame({ request: 1, body: { case: 'ping', value: {} } }));
    ws.send(message.subarray(0, 5), { fin: false });
    ws.send(message.subarray(5), { fin: true });
    expect(channel.open(await messageOf(ws))[0]?.body.case).toBe('pong');
    const closed = closeOf(ws);
    ws.close(4001);
    expect(await closed).toBe(4001);
  });

  test('NODE-2: before the handshake is done, a long message is refused by its header', async () => {
    const ws = open([NK]);
    await opened(ws);
    const closed = closeOf(ws);
    // The header of a masked message of 5,000 bytes, and nothing of it.
    (ws as unknown as { _socket: NodeJS.WritableStream })._socket.write(
      Buffer.from([0x82, 0xfe, 0x13, 0x88, 1, 2, 3, 4]),
    );
    expect(await closed).toBe(CLOSE.tooLarge.code);
  });
});

describe('pages', () => {
  const get = (path: string, init?: RequestInit) => fetch(node.url.replace('ws:', 'http:') + path, init);

  test('health, ready, front page', async () => {
    expect([(await get('/health')).status, (await get('/ready')).status]).toEqual([200, 200]);
    const page = await get('/');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await page.text()).toContain(`--node ${node.url}`);
    expect((await get('/other')).status).toBe(404);
    expect((await get('/', { method: 'POST' })).status).toBe(405);
  });

  test('WEB-15: a page is told whether it has to ask for the key of a private room', async () => {
    const answer = await get('/node.json');
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(await answer.json()).toEqual({ room: false });
  });

  test('RING-53: /metrics and /ring are for this machine, and not by way of a proxy or of a page elsewhere', async () => {
    for (const path of ['/metrics', '/ring']) {
      expect((await get(path)).status).toBe(200);
      for (const header of ['X-Forwarded-For: 192.0.2.1', 'Forwarded: for=192.0.2.1', 'Via: 1.1 proxy']) {
        expect(await statusOf(path, '127.0.0.1', header)).toBe(404);
      }
      for (const host of ['evil.example', '192.0.2.1', 'evil.example:127'])
        expect(await statusOf(path, host)).toBe(404);
      for (const host of ['localhost:8080', '[::1]', '127.0.0.1']) expect(await statusOf(path, host)).toBe(200);
    }
  });

  test('RING-53: and for anyone, where the operator says so', async () => {
    const flags = { listen: '127.0.0.1:0', store: 'none', watchers: 'anyone' };
    const open = await startNode(readConfig({ flags, env: {}, file: null }), silentLog, () => {});
    const port = Number(new URL(open.url).port);
    expect(await statusOf('/metrics', 'node.example', 'X-Forwarded-For: 192.0.2.1', port)).toBe(200);
    await open.close();
  });

  test('metrics are counters without names of anybody', async () => {
    const text = await (await get('/metrics')).text();
    expect(text).toMatch(/^sotto_links_total\{kind="anonymous"\} \d+$/m);
    expect(text).toMatch(/^sotto_links_closed_total\{code="4426"\} \d+$/m);
    expect(text).toMatch(/^# TYPE sotto_sends_total counter$/m);
    expect(text).not.toContain('127.0.0.1');
  });
});

test('NODE-8: closing tells links, then frees the port', async () => {
  const config = readConfig({ flags: { listen: '127.0.0.1:0', store: 'none' }, env: {}, file: null });
  const other = await startNode(config, silentLog, () => {});
  const ws = new WebSocket(other.url, [NK]);
  const half = closeOf(ws);
  await opened(ws);
  await other.close();
  expect(await half).not.toBe(1000);
  await expect(fetch(other.url.replace('ws:', 'http:') + '/health')).rejects.toThrow('fetch failed');
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::1', '0:0:0:0'],
])('NODE-2: %s counts as %s', (address, expected) => {
  expect(remoteKey(address)).toBe(expected);
});
