import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { RefusalCode } from '@sotto/protocol/wire';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  access,
  createDevice,
  type Device,
  envelopeQuestion,
  keyUpload,
  type NodeInfo,
  signatureHeaders,
} from '../../../../docs/examples/http-client.ts';
import type { ApiParts } from './api-parts.ts';
import { PROBLEMS } from './problem.ts';
import { ROUTES } from './routes/all-routes.ts';
import type { Route } from './routes/route.ts';
import { problemAnswer } from './schemas/node-answers.ts';
import { otherDoor, resident, startTestNode } from './testing.fixture.ts';

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { responses: Record<string, { description: string }> }>>>
  >;
}

type Node = Awaited<ReturnType<typeof startTestNode>>;
const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
let node: Node;
let document: Document;
let anna: Device;
beforeAll(async () => {
  node = await startTestNode();
  document = (await (await fetch(`${node.http}/v1/openapi.json`)).json()) as Document;
  anna = await resident(node.info);
});
afterAll(() => node.close());

/** A body that is right for the route. */
function bodyFor({ path }: Route, device: Device): object {
  const account = base64url(device.account.publicKey);
  const envelope = {
    mailbox: device.account.publicKey,
    device: device.device,
    expires: Math.floor(Date.now() / 1000) + 60,
    body: randomBytes(2048),
  };
  const bodies: Record<string, () => object> = {
    '/v1/keys': () => keyUpload(device),
    '/v1/access': () => access(device),
    '/v1/bundles': () => ({ account }),
    '/v1/device-lists': () => ({ account }),
    '/v1/envelopes': () => envelopeQuestion(envelope, device.capability).body!,
    '/v1/acknowledgements': () => ({ ids: [base64url(randomBytes(32))] }),
  };
  return bodies[path]!();
}

/** Asks what the route is for, through some door. @param change to make it wrong */
function request(
  route: Route,
  url: string,
  info: NodeInfo,
  change: { query?: string; body?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  const path = route.path + (change.query ?? '');
  const given = route.body === null ? null : (change.body ?? JSON.stringify(bodyFor(route, anna)));
  const method = route.method.toUpperCase() as 'GET';
  const headers = {
    ...(given === null ? {} : { 'content-type': 'application/json' }),
    ...(route.signer === 'nobody' ? {} : signatureHeaders(info, { method, path }, given, anna)),
    ...change.headers,
  };
  return fetch(url + path, { method, headers, body: given });
}

/** Through a door whose parts are changed. */
async function through(route: Route, change: (api: ApiParts) => Partial<ApiParts>): Promise<Response> {
  const { api } = node.core;
  const door = await otherDoor({ ...api, ...change(api) });
  try {
    return await buffered(request(route, door.url, node.info));
  } finally {
    door.close();
  }
}

/** Read before the door closes. */
async function buffered(answer: Promise<Response>): Promise<Response> {
  const response = await answer;
  return new Response(await response.text(), response);
}

const refusing = (code: RefusalCode) => (): Partial<ApiParts> => ({ ask: (caller) => caller.refuse(1, code) });
const REFUSALS: Partial<Record<keyof typeof PROBLEMS, RefusalCode>> = {
  'not-allowed': RefusalCode.NOT_ALLOWED,
  'token-used': RefusalCode.TOKEN_USED,
  'no-account': RefusalCode.NO_MAILBOX,
  'no-device': RefusalCode.NO_DEVICE,
  'mailbox-full': RefusalCode.QUOTA,
  'bad-envelope': RefusalCode.BAD_ENVELOPE,
  'not-home': RefusalCode.NOT_HOME,
  'disk-full': RefusalCode.DISK_FULL,
  'bad-keys': RefusalCode.BAD_KEYS,
  older: RefusalCode.OLDER,
};

/** How to get a problem out of a route. */
async function provoke(route: Route, code: keyof typeof PROBLEMS): Promise<Response> {
  const refusal = REFUSALS[code];
  if (refusal !== undefined) return through(route, refusing(refusal));
  const here = (change: Parameters<typeof request>[3]): Promise<Response> =>
    request(route, node.http, node.info, change);
  const broken = (from: RegExp, to: string): Promise<Response> => {
    const path = route.path;
    const body = route.body === null ? null : JSON.stringify(bodyFor(route, anna));
    const headers = signatureHeaders(node.info, { method: route.method.toUpperCase() as 'GET', path }, body, anna);
    headers['signature-input'] = headers['signature-input']!.replace(from, to);
    return here({ headers, ...(body === null ? {} : { body }) });
  };
  switch (code) {
    case 'bad-request':
      return route.body === null ? here({ query: '?nothing=1' }) : here({ body: '[]' });
    case 'too-large':
      return here({ body: 'x'.repeat(route.maxBodyBytes + 1) });
    case 'unsupported-media-type':
      return here({ headers: { 'content-type': 'text/plain' } });
    case 'signature-missing':
      return here({ headers: { signature: '' } });
    case 'signature-malformed':
      return broken(/nonce="[^"]*"/, 'nonce=""');
    case 'signature-invalid':
      return broken(/nonce="[^"]*"/, `nonce="${base64url(randomBytes(18))}"`);
    case 'signature-stale':
      return broken(/created=\d+/, 'created=1');
    case 'wrong-node':
      return here({ headers: { 'sotto-node': base64url(randomBytes(32)) } });
    case 'unknown-device':
      return broken(/keyid="[^"]*"/, `keyid="${base64url(anna.account.publicKey)}.7"`);
    case 'signature-replayed': {
      const body = route.body === null ? null : JSON.stringify(bodyFor(route, anna));
      const headers = signatureHeaders(
        node.info,
        { method: route.method.toUpperCase() as 'GET', path: route.path },
        body,
        anna,
      );
      await here({ headers, ...(body === null ? {} : { body }) });
      return here({ headers, ...(body === null ? {} : { body }) });
    }
    case 'bad-digest':
      // The signature covers what the header says; the header lies of the body.
      return signedLie(route);
    case 'private-room':
      return through(route, () => ({ isRoom: true }));
    case 'live-node':
      return through(route, () => ({ stored: null }));
    case 'internal':
      return through(route, ({ clock }) => ({
        clock: {
          ...clock,
          after: clock.after.bind(clock),
          now: () => {
            throw new Error('broken');
          },
        },
      }));
    case 'too-many': {
      const door = await otherDoor(node.core.api, { requestBurst: 0, requestsPerSecond: 0 });
      return buffered(request(route, door.url, node.info)).finally(() => door.close());
    }
    case 'busy': {
      const door = await otherDoor(node.core.api, { underWay: 0 });
      return buffered(request(route, door.url, node.info)).finally(() => door.close());
    }
    case 'going-away': {
      const door = await otherDoor(node.core.api);
      door.api.drain();
      return buffered(request(route, door.url, node.info)).finally(() => door.close());
    }
    case 'replaced': {
      const query = '?wait=20';
      // For whom nothing waits yet.
      anna = await resident(node.info);
      const first = request(route, node.http, node.info, { query });
      await vi.waitUntil(() => node.metrics.attached === 1);
      const second = request(route, node.http, node.info, { query });
      const answer = await first;
      await vi.waitUntil(() => node.metrics.attached === 1);
      await request(
        ROUTES.find(({ name }) => name === 'storeEnvelope')!,
        node.http,
        node.info,
      );
      await second;
      return answer;
    }
    default:
      throw new Error(`nobody knows how to provoke ${code}`);
  }
}

async function signedLie(route: Route): Promise<Response> {
  const body = JSON.stringify(bodyFor(route, anna));
  const headers = signatureHeaders(
    node.info,
    { method: route.method.toUpperCase() as 'GET', path: route.path },
    `${body} `,
    anna,
  );
  return request(route, node.http, node.info, { body, headers });
}

describe('the document', () => {
  test('HTTP-1: is valid OpenAPI 3.1', async () => {
    expect(document.openapi).toBe('3.1.0');
    expect(await new Validator().validate({ ...structuredClone(document) })).toEqual({ valid: true });
  });

  test('HTTP-1: has the routes of the router, no more and no fewer', async () => {
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(documented.toSorted()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).toSorted());
    for (const path of Object.keys(document.paths)) {
      const allow = (await fetch(node.http + path, { method: 'DELETE' })).headers.get('allow')!;
      const methods = allow.split(', ').filter((method) => !['HEAD', 'OPTIONS'].includes(method));
      expect(methods.map((method) => method.toLowerCase()).toSorted(), path).toEqual(
        Object.keys(document.paths[path]!).toSorted(),
      );
    }
  });

  test('HTTP-7, TM-97: no address holds an account, a device, a secret or an id', () => {
    for (const { path, query } of ROUTES) {
      expect(path).not.toContain('{');
      const names = query === null ? [] : Object.keys((query as unknown as { shape: object }).shape);
      expect(['after', 'limit', 'wait']).toEqual(expect.arrayContaining(names));
    }
  });

  test('HTTP-2, TM-94: who sends, and who asks for keys, says nothing of himself; whoever speaks for a device signs', () => {
    const unsigned = ROUTES.filter(({ signer, everywhere }) => signer === 'nobody' && !everywhere);
    expect(unsigned.map(({ name }) => name)).toEqual(['claimBundles', 'lookUpDeviceList', 'storeEnvelope']);
    const anonymous = new Set([
      'mailbox',
      'account',
      'device',
      'devices',
      'expires',
      'body',
      'capability',
      'requestToken',
    ]);
    for (const { body } of unsigned) {
      const members = Object.keys((body as unknown as { shape: object }).shape);
      expect(members.filter((member) => !anonymous.has(member))).toEqual([]);
    }
  });

  test('HTTP-8: the page needs no script and nobody else, and explains every problem', async () => {
    const response = await fetch(`${node.http}/v1`);
    const page = await response.text();
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'/,
    );
    expect(page).not.toMatch(/<script|\bon\w+=|https?:|\bstyle=/);
    for (const code of Object.keys(PROBLEMS)) expect(page).toContain(`id="${code}"`);
    for (const { path } of ROUTES) expect(page).toContain(`<code>${path}</code>`);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
  });
});

describe('every documented answer', () => {
  for (const route of ROUTES) {
    test(`HTTP-1, HTTP-4: ${route.method} ${route.path}`, async () => {
      const { responses } = document.paths[route.path]![route.method]!;
      const fine = await request(route, node.http, node.info);
      expect(fine.status).toBe(200);
      expect(fine.headers.get('content-type')).toBe(route.contentType);
      const content = route.contentType === 'application/json' ? await fine.json() : await fine.text();
      expect(route.answer.safeParse(content).error).toBeUndefined();

      for (const [status, { description }] of Object.entries(responses)) {
        const codes = [...description.matchAll(/`([a-z-]+)`/g)].map(([, code]) => code as keyof typeof PROBLEMS);
        expect(codes.length > 0).toBe(status !== '200');
        for (const code of codes) {
          const answer = await provoke(route, code);
          const body: unknown = await answer.json();
          expect(problemAnswer.safeParse(body).error, code).toBeUndefined();
          expect([answer.status, (body as { code: string }).code]).toEqual([Number(status), code]);
        }
      }
    });
  }
});

describe('nodes without HTTP', () => {
  test('HTTP-9: live nodes and private rooms say who they are, and that a WebSocket is needed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sotto-api-'));
    const pskFile = join(folder, 'psk');
    writeFileSync(pskFile, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
    for (const [flags, code] of [
      [{ store: 'none' }, 'live-node'],
      [{ pskFile }, 'private-room'],
    ] as const) {
      const other = await startTestNode(flags);
      try {
        expect(await (await fetch(`${other.http}/v1/node`)).json()).toMatchObject({
          keeps: code !== 'live-node',
          room: code === 'private-room',
        });
        expect((await fetch(`${other.http}/v1/ring`)).status).toBe(200);
        for (const route of ROUTES.filter(({ everywhere }) => !everywhere)) {
          const answer = await request(route, other.http, other.info);
          expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([403, code]);
        }
      } finally {
        await other.close();
      }
    }
    rmSync(folder, { recursive: true });
  });
});

test("HTTP-14: whoever holds an account's key makes it known by its first upload alone", async () => {
  const ben = createDevice();
  const body = JSON.stringify({ requestTokenHashes: [] });
  const question = { method: 'PUT', path: '/v1/access' } as const;
  const headers = { 'content-type': 'application/json', ...signatureHeaders(node.info, question, body, ben) };
  const early = await fetch(`${node.http}/v1/access`, { method: 'PUT', headers, body });
  expect(await early.json()).toMatchObject({ code: 'unknown-device' });
});
