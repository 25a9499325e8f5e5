import { mkdtempSync, mkdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../config/read-config.ts';
import { silentLog } from '../../log.ts';
import { NodeMetrics } from '../../node-metrics.ts';
import { AnswerLimit } from '../answer-limit.ts';
import { pagesOf } from '../http-pages.ts';
import { type RunningNode, startNode } from '../start-node.ts';
import { WebClient } from './web-client.ts';

const INDEX = '<!doctype html><title>client</title>';
const SCRIPT = 'assets/app-abc123.js';
const dir = mkdtempSync(join(tmpdir(), 'sotto-web-'));
const dist = join(dir, 'dist');
let node: RunningNode;

const put = (name: string, text: string): void => writeFileSync(join(dist, name), text);
function list(indexHash: string): void {
  const files = { 'index.html': indexHash, [SCRIPT]: 'b'.repeat(64), 'sw.js': 'c'.repeat(64) };
  put('build.json', JSON.stringify({ hash: 'd'.repeat(64), files }));
}

beforeAll(async () => {
  mkdirSync(join(dist, 'assets'), { recursive: true });
  writeFileSync(join(dir, 'secret.txt'), 'outside');
  put('index.html', INDEX);
  put('index.html.br', 'brotli of index');
  put('index.html.gz', 'gzip of index');
  put(SCRIPT, 'const a = 1;');
  put('sw.js', '// worker');
  put('unlisted.txt', 'inside, but no part of the build');
  list('a'.repeat(64));
  node = await start(dist);
});
afterAll(async () => {
  await node.close();
  rmSync(dir, { recursive: true });
});

function start(web: string, psk?: string): Promise<RunningNode> {
  const flags = { listen: '127.0.0.1:0', store: 'none', web, ...(psk === undefined ? {} : { pskFile: psk }) };
  return startNode(readConfig({ flags, env: {}, file: null }), silentLog, () => {});
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

function get(path: string, headers: Record<string, string> = {}, method = 'GET', url = node.url): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers, method, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    })
      .on('error', reject)
      .end();
  });
}

/** Exactly these bytes: a client of HTTP would tidy the path up. */
function raw(path: string): Promise<string> {
  const { hostname, port } = new URL(node.url);
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => {
      socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    });
    socket.setEncoding('utf8').on('data', (part: string) => (text += part));
    socket.on('close', () => resolve(text));
  });
}

describe('the web client', () => {
  test('WEB-1: strict headers on what is served', async () => {
    const { status, headers, body } = await get('/');
    expect([status, body, headers['content-type']]).toEqual([200, INDEX, 'text/html; charset=utf-8']);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:|\*/);
    expect(headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect(headers['permissions-policy']).toMatch(/camera=\(self\).*microphone=\(\)/);
    expect(headers['strict-transport-security']).toBeUndefined();
    expect((await get('/sw.js')).headers['content-security-policy']).toBe(policy);
  });

  test.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/..%2fsecret.txt',
    '/assets/..\\..\\secret.txt',
    '//etc/passwd',
    '/unlisted.txt',
    '/index.html.br',
    '/assets',
    '/assets/',
    '/%',
    '/constructor',
    '/__proto__',
  ])('WEB-2: %s is no file of the build', async (path) => {
    const text = await raw(path);
    expect(text).toMatch(/^HTTP\/1.1 404 /);
    expect(text).not.toContain('outside');
  });

  test('WEB-3: names with a hash are kept for ever, the others are asked for each time', async () => {
    expect((await get(`/${SCRIPT}`)).headers['cache-control']).toBe('public, max-age=31536000, immutable');
    for (const path of ['/', '/index.html', '/sw.js', '/build.json']) {
      expect((await get(path)).headers['cache-control']).toBe('no-cache');
    }
    const tag = String((await get('/')).headers['etag']);
    expect(await get('/', { 'if-none-match': tag })).toMatchObject({ status: 304, body: '' });
    expect(await get('/', { 'if-none-match': `"other", W/${tag}` })).toMatchObject({ status: 304 });
    expect(await get('/', { 'if-none-match': '"other"' })).toMatchObject({ status: 200 });
  });

  test('WEB-3: what was compressed at build is sent as it is, to those who take it', async () => {
    const plain = await get('/');
    const both = await get('/', { 'accept-encoding': 'gzip, deflate, br' });
    expect([both.body, both.headers['content-encoding']]).toEqual(['brotli of index', 'br']);
    expect((await get('/', { 'accept-encoding': 'gzip, br;q=0' })).body).toBe('gzip of index');
    expect((await get('/', { 'accept-encoding': 'identity' })).body).toBe(INDEX);
    expect((await get(`/${SCRIPT}`, { 'accept-encoding': 'br' })).headers['content-encoding']).toBeUndefined();
    expect(both.headers['etag']).not.toBe(plain.headers['etag']);
    expect(both.headers['vary']).toBe('accept-encoding');
  });

  test('WEB-1: over TLS, and only then, browsers are told to insist on it', async () => {
    for (const isTls of [true, false]) {
      const client = new WebClient(dist, isTls);
      // Who asks is gone as soon as everything came, perhaps before the answer has ended here.
      const server = createServer((asked, response) => void client.answer('/', asked, response).catch(() => undefined));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { headers } = await get('/', {}, 'GET', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      expect(headers['strict-transport-security']).toBe(isTls ? 'max-age=2592000' : undefined);
      server.close();
    }
  });

  test('WEB-2: who takes a file too slowly is cut, and the file is closed', async () => {
    const large = join(dir, 'large');
    mkdirSync(large);
    writeFileSync(join(large, 'index.html'), '');
    truncateSync(join(large, 'index.html'), 64 * 1024 * 1024);
    writeFileSync(join(large, 'build.json'), JSON.stringify({ hash: 'd', files: { 'index.html': 'a' } }));
    const client = new WebClient(large, false, 50);
    const answered = Promise.withResolvers<boolean>();
    const server = createServer(
      (asked, response) => void client.answer('/', asked, response).then(answered.resolve, answered.reject),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const reader = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
    reader.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await expect(answered.promise).rejects.toThrow(/close|abort/i);
    reader.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  test('WEB-16: only so many answers are under way to one address, and in all; the others are told when to come again', async () => {
    const large = join(dir, 'many');
    mkdirSync(large);
    writeFileSync(join(large, 'index.html'), '');
    truncateSync(join(large, 'index.html'), 64 * 1024 * 1024);
    writeFileSync(join(large, 'build.json'), JSON.stringify({ hash: 'd', files: { 'index.html': 'a' } }));
    const parts = {
      metrics: new NodeMetrics(),
      isReady: () => true,
      url: () => '',
      isRoom: false,
      isTls: false,
      ringPage: null,
      remoteOf: () => '',
    };
    const server = createServer(pagesOf({ ...parts, web: large, answerLimits: { perRemote: 2, inAll: 9 } }));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const readers = [0, 1].map(() => connect(port, '127.0.0.1').pause());
    for (const reader of readers) reader.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    const status = async (): Promise<number> => (await get('/', {}, 'HEAD', url)).status;
    await expect.poll(status, { timeout: 60_000 }).toBe(503);
    expect(await get('/', {}, 'GET', url)).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    // Whoever looks after the node still sees it.
    expect((await get('/health', {}, 'GET', url)).status).toBe(200);
    readers[0]?.destroy();
    await expect.poll(status, { timeout: 60_000 }).toBe(200);
    readers[1]?.destroy();
    await new Promise((resolve) => server.close(resolve));

    const limit = new AnswerLimit({ perRemote: 2, inAll: 3 });
    const [first, second] = [limit.begin('a'), limit.begin('a')];
    expect(limit.begin('a')).toBeNull();
    expect(limit.begin('b')).not.toBeNull();
    expect(limit.begin('c')).toBeNull();
    first?.();
    second?.();
    expect([limit.begin('c'), limit.begin('a'), limit.begin('a')].map((end) => end !== null)).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('HEAD, queries, other methods, other pages', async () => {
    expect(await get('/', {}, 'HEAD')).toMatchObject({ status: 200, body: '', headers: { 'content-length': '36' } });
    expect((await get(`/${SCRIPT}?x=/../..`)).body).toBe('const a = 1;');
    expect((await get('/', {}, 'POST')).status).toBe(405);
    expect((await get('/health')).body).toBe('ok\n');
  });

  test('WEB-4: a build that takes the place of another is served at once', async () => {
    const before = (await get('/')).headers['etag'];
    put('index.html', INDEX.replace('client', 'newer!'));
    list('e'.repeat(64));
    utimesSync(join(dist, 'build.json'), new Date(1), new Date(1));
    const after = await get('/');
    expect(after.body).toContain('newer!');
    expect(after.headers['etag']).not.toBe(before);
  });
});

describe('whether there is one', () => {
  test('NODE-1: --web off keeps the page that says what a node is; a room serves the client', async () => {
    const off = await start('off');
    expect((await get('/', {}, 'GET', off.url)).body).toContain('This is a Sotto node');
    expect((await get('/sw.js', {}, 'GET', off.url)).status).toBe(404);
    await off.close();
    const psk = join(dir, 'room.key');
    writeFileSync(psk, 'ab'.repeat(32));
    const room = await start(dist, psk);
    expect((await get('/', {}, 'GET', room.url)).body).toContain('newer!');
    await room.close();
  });

  test('--web names a folder with a build, or is refused; the installed one may be missing', () => {
    expect(() => start(dir)).toThrow(/--web .* holds no built web client/);
    const read = (web: string, env = {}): string | null => readConfig({ flags: {}, env, file: null, web }).web;
    expect([read(dist), read(dir), read(dist, { SOTTO_WEB: 'off' })]).toEqual([dist, null, null]);
  });
});
