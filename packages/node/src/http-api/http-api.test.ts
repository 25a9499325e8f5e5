import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ask,
  createDevice,
  type Device,
  type Envelope,
  envelopeId,
  envelopeQuestion,
  type Fetched,
  keyUpload,
  type Question,
  type Receipt,
  receiptHolds,
  register,
  signatureHeaders,
} from '../../../../docs/examples/http-client.ts';
import { problemOf, resident, startTestNode } from './testing.fixture.ts';

type Node = Awaited<ReturnType<typeof startTestNode>>;
const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const inAnHour = (): number => Math.floor(Date.now() / 1000) + 3600;
const envelopeFor = ({ account, device }: Device, fields: Partial<Envelope> = {}): Envelope => ({
  mailbox: account.publicKey,
  device,
  expires: inAnHour(),
  body: randomBytes(2048),
  ...fields,
});

let node: Node;
beforeAll(async () => {
  node = await startTestNode();
});
afterAll(() => node.close());

/** What is sent, as it is: to change something of it. */
function signed(
  question: Question,
  device: Device,
  nodeInfo = node.info,
): { url: string; init: RequestInit & { headers: Record<string, string> } } {
  const body = question.body === undefined ? null : JSON.stringify(question.body);
  const headers = { 'content-type': 'application/json', ...signatureHeaders(nodeInfo, question, body, device) };
  return { url: node.http + question.path, init: { method: question.method, headers, body } };
}

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(node.http + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const store = async (envelope: Envelope, capability: Buffer | null): Promise<{ id: string; receipts: Receipt[] }> =>
  (await ask(node.info, envelopeQuestion(envelope, capability), null)) as { id: string; receipts: Receipt[] };
const storing = (envelope: Envelope, capability: Buffer | null): Promise<Response> => {
  const { path, body } = envelopeQuestion(envelope, capability);
  return post(path, body);
};
const fetchAll = async (device: Device, query = ''): Promise<Fetched> =>
  (await ask(node.info, { method: 'GET', path: `/v1/envelopes${query}` }, device)) as Fetched;
const acknowledge = (device: Device, ids: string[]): Promise<unknown> =>
  ask(node.info, { method: 'POST', path: '/v1/acknowledgements', body: { ids } }, device);

describe('a client that shares no code with the node', () => {
  test('HTTP-2, HTTP-20, HTTP-30: registers, is written to, checks the receipt, fetches, acknowledges', async () => {
    const anna = createDevice();
    const keys = { method: 'POST', path: '/v1/keys', body: keyUpload(anna, 3) } as const;
    expect(await ask(node.info, keys, anna)).toEqual({ oneTime: 3, oneTimeKyber: 1, deviceListRevision: 1 });
    await register(node.info, anna);

    const envelope = envelopeFor(anna);
    const { id, receipts } = await store(envelope, anna.capability);
    expect(id).toBe(base64url(envelopeId(envelope)));
    expect(receipts).toHaveLength(1);
    expect(receipts[0]!.node).toBe(node.info.node);
    expect(receiptHolds(envelopeId(envelope), receipts[0]!)).toBe(true);
    expect(receiptHolds(envelopeId(envelopeFor(anna)), receipts[0]!)).toBe(false);

    const { envelopes, more } = await fetchAll(anna);
    expect(more).toBe(false);
    expect(envelopes).toMatchObject([{ id, expires: envelope.expires, body: base64url(envelope.body) }]);
    // It is still there.
    expect((await fetchAll(anna)).envelopes).toEqual(envelopes);
    await acknowledge(anna, [id]);
    expect((await fetchAll(anna)).envelopes).toEqual([]);
    // Again, and what was never there.
    await acknowledge(anna, [id, base64url(randomBytes(32))]);
  });

  test('HTTP-20: what is sent again is kept once and has a receipt again, also after it was taken', async () => {
    const anna = await resident(node.info);
    const envelope = envelopeFor(anna);
    const { id } = await store(envelope, anna.capability);
    expect(receiptHolds(envelopeId(envelope), (await store(envelope, anna.capability)).receipts[0]!)).toBe(true);
    expect((await fetchAll(anna)).envelopes).toHaveLength(1);
    await acknowledge(anna, [id]);
    await store(envelope, anna.capability);
    expect((await fetchAll(anna)).envelopes).toEqual([]);
  });

  test('HTTP-31: pages by cursor, oldest first, and a cursor removes nothing', async () => {
    const anna = await resident(node.info);
    const sent: string[] = [];
    for (let count = 0; count < 5; count++) sent.push((await store(envelopeFor(anna), anna.capability)).id);
    const first = await fetchAll(anna, '?limit=2');
    expect(first.envelopes.map(({ id }) => id)).toEqual(sent.slice(0, 2));
    expect(first.more).toBe(true);
    const rest = await fetchAll(anna, `?after=${first.envelopes[1]!.cursor}`);
    expect(rest.envelopes.map(({ id }) => id)).toEqual(sent.slice(2));
    expect((await fetchAll(anna)).envelopes).toHaveLength(5);
  });

  test('HTTP-21: capability, request token, strangers, and whom the node does not know', async () => {
    const anna = await resident(node.info);
    expect(await problemOf(storing(envelopeFor(anna), randomBytes(16)))).toMatchObject({
      status: 403,
      code: 'not-allowed',
    });
    expect(await problemOf(storing(envelopeFor(anna, { device: 9 }), anna.capability))).toMatchObject({
      status: 404,
      code: 'no-device',
    });
    expect(await problemOf(storing(envelopeFor(createDevice()), null))).toMatchObject({
      status: 404,
      code: 'no-account',
    });
    const late = { expires: Math.floor(Date.now() / 1000) + 31 * 86_400 };
    for (const wrong of [{ body: randomBytes(2047) }, late, { expires: 1 }]) {
      expect(await problemOf(storing(envelopeFor(anna, wrong), anna.capability))).toMatchObject({
        status: 422,
        code: 'bad-envelope',
      });
    }
    const { path, body } = envelopeQuestion(envelopeFor(anna), null);
    const withToken = post(path, { ...body, requestToken: base64url(randomBytes(16)) });
    expect(await problemOf(withToken)).toMatchObject({ status: 403, code: 'token-used' });
    await store(envelopeFor(anna), null);
  });

  test("HTTP-21: the strangers' lane fills up, and the contacts' does not", async () => {
    const anna = await resident(node.info);
    for (let count = 0; count < 64; count++) await store(envelopeFor(anna), null);
    expect(await problemOf(storing(envelopeFor(anna), null))).toMatchObject({ status: 409, code: 'mailbox-full' });
    await store(envelopeFor(anna), anna.capability);
  });

  test('HTTP-22: bundles hold one-time keys for contacts alone, each once; the list comes without them', async () => {
    const anna = await resident(node.info);
    const account = base64url(anna.account.publicKey);
    const capability = base64url(anna.capability);
    const claim = async (body: object) =>
      (await (await post('/v1/bundles', body)).json()) as {
        deviceList: object;
        bundles: { oneTime?: { id: number } }[];
      };
    const list = { body: base64url(anna.list.body), signature: base64url(anna.list.signature) };
    expect(await claim({ account })).toMatchObject({ deviceList: list, bundles: [{ device: 1 }] });
    expect((await claim({ account })).bundles[0]!.oneTime).toBeUndefined();
    const given = [await claim({ account, capability }), await claim({ account, capability, devices: [1] })];
    const ids = given.map(({ bundles }) => bundles[0]!.oneTime!.id);
    expect(new Set(ids).size).toBe(2);
    expect((await claim({ account, capability })).bundles[0]!.oneTime).toBeUndefined();
    expect(await ask(node.info, { method: 'GET', path: '/v1/keys' }, anna)).toMatchObject({
      oneTime: 0,
      deviceListRevision: 1,
    });
    expect(await (await post('/v1/device-lists', { account })).json()).toEqual({ deviceList: list });
    expect(await problemOf(post('/v1/device-lists', { account: base64url(randomBytes(32)) }))).toMatchObject({
      code: 'no-account',
    });
  });

  test('HTTP-23: keys that do not hold, and lists that go back, are not taken', async () => {
    const anna = await resident(node.info);
    const upload = keyUpload(anna) as { signedPrekey: { signature: string }; deviceList?: object };
    const broken = { ...upload, signedPrekey: { ...upload.signedPrekey, signature: base64url(randomBytes(64)) } };
    const tried = signed({ method: 'POST', path: '/v1/keys', body: broken }, anna);
    expect(await problemOf(fetch(tried.url, tried.init))).toMatchObject({ status: 422, code: 'bad-keys' });
    // A refill needs no list.
    const { deviceList: _, ...refill } = upload;
    await ask(node.info, { method: 'POST', path: '/v1/keys', body: refill }, anna);
    // A list with somebody else's signature.
    const list = { body: base64url(anna.list.body), signature: base64url(randomBytes(64)) };
    const forged = signed({ method: 'POST', path: '/v1/keys', body: { ...upload, deviceList: list } }, anna);
    expect(await problemOf(fetch(forged.url, forged.init))).toMatchObject({ status: 422, code: 'bad-keys' });
  });
});

describe('signatures', () => {
  const fetching = { method: 'GET', path: '/v1/envelopes?limit=3' } as const;
  const acknowledging = {
    method: 'POST',
    path: '/v1/acknowledgements',
    body: { ids: [base64url(randomBytes(32))] },
  } as const;

  test('HTTP-10: without one the answer says how to sign', async () => {
    for (const [method, path] of [
      ['GET', '/v1/envelopes'],
      ['GET', '/v1/keys'],
      ['POST', '/v1/acknowledgements'],
      ['POST', '/v1/keys'],
      ['PUT', '/v1/access'],
    ]) {
      const answer = await problemOf(fetch(node.http + path, { method: method! }));
      expect(answer).toMatchObject({ status: 401, code: 'signature-missing' });
      expect(answer.headers.get('accept-signature')).toContain('"sotto-node"');
    }
  });

  test('HTTP-11, TM-95, TM-96: one of another key, or of another request, does not hold', async () => {
    const anna = await resident(node.info);
    const ben = await resident(node.info);
    const right = signed(fetching, anna);
    expect((await fetch(right.url, right.init)).status).toBe(200);
    // Ben signs in Anna's name.
    const pretended = signed(fetching, { ...anna, signing: ben.signing });
    expect(await problemOf(fetch(pretended.url, pretended.init))).toMatchObject({
      status: 401,
      code: 'signature-invalid',
    });
    const other = signed(fetching, anna);
    expect(await problemOf(fetch(`${node.http}/v1/envelopes?limit=4`, other.init))).toMatchObject({
      code: 'signature-invalid',
    });
    expect(await problemOf(fetch(`${node.http}/v1/keys`, signed(fetching, anna).init))).toMatchObject({
      code: 'signature-invalid',
    });
  });

  test('HTTP-11: who is not in the list is nobody', async () => {
    const anna = await resident(node.info);
    for (const stranger of [createDevice(), { ...anna, device: 2 }]) {
      const asked = signed(fetching, stranger);
      expect(await problemOf(fetch(asked.url, asked.init))).toMatchObject({ status: 401, code: 'unknown-device' });
    }
  });

  test('HTTP-12, TM-96: it counts once, for two minutes, and at one node', async () => {
    const anna = await resident(node.info);
    const once = signed(fetching, anna);
    expect((await fetch(once.url, once.init)).status).toBe(200);
    expect(await problemOf(fetch(once.url, once.init))).toMatchObject({ status: 401, code: 'signature-replayed' });

    const elsewhere = signed(fetching, anna, { ...node.info, node: base64url(randomBytes(32)) });
    expect(await problemOf(fetch(elsewhere.url, elsewhere.init))).toMatchObject({ status: 401, code: 'wrong-node' });
    // Whoever passes it on may write another id into the header, but it is covered.
    elsewhere.init.headers['sotto-node'] = node.info.node;
    expect(await problemOf(fetch(elsewhere.url, elsewhere.init))).toMatchObject({
      status: 401,
      code: 'signature-invalid',
    });

    const now = Math.floor(Date.now() / 1000);
    for (const created of [now - 600, now + 600]) {
      const stale = signed(fetching, anna);
      stale.init.headers['signature-input'] = stale.init.headers['signature-input']!.replace(
        /created=\d+/,
        `created=${created}`,
      );
      const answer = await problemOf(fetch(stale.url, stale.init));
      expect(answer).toMatchObject({ status: 401, code: 'signature-stale' });
      expect(Math.abs(answer.body.now! - now)).toBeLessThan(60);
    }
  });

  test('HTTP-13: what it must cover and say', async () => {
    const anna = await resident(node.info);
    const broken = [
      (input: string) => input.replace('"@query" ', ''),
      (input: string) => input.replace('"sotto-node"', '"sotto-node" "sotto-node"'),
      (input: string) => input.replace('"@method"', '"@method";req'),
      (input: string) => input.replace(/nonce="[^"]*"/, 'nonce="short"'),
      (input: string) => input.replace(/;created=\d+/, ''),
      (input: string) => input.replace('alg="ed25519"', 'alg="rsa-pss-sha512"'),
      (input: string) => input.replace(/keyid="[^"]*"/, 'keyid="me"'),
      (input: string) => input.replace('"@path"', '"@target-uri" "@path"'),
      (input: string) => `${input}, ${input.replace('sotto=', 'other=')}`,
      () => 'sotto=(((',
    ];
    for (const change of broken) {
      const asked = signed(fetching, anna);
      asked.init.headers['signature-input'] = change(asked.init.headers['signature-input']!);
      expect(await problemOf(fetch(asked.url, asked.init)), String(change)).toMatchObject({
        status: 401,
        code: 'signature-malformed',
      });
    }
    const untagged = signed(fetching, anna);
    untagged.init.headers['signature-input'] = untagged.init.headers['signature-input']!.replace('sotto/v1', 'other');
    expect(await problemOf(fetch(untagged.url, untagged.init))).toMatchObject({ code: 'signature-missing' });
  });

  test('HTTP-13: the body is covered by its digest', async () => {
    const anna = await resident(node.info);
    const changed = signed(acknowledging, anna);
    const body = JSON.stringify({ ids: [base64url(randomBytes(32))] });
    expect(await problemOf(fetch(changed.url, { ...changed.init, body }))).toMatchObject({
      status: 400,
      code: 'bad-digest',
    });
    const renewed = signed(acknowledging, anna);
    renewed.init.headers['content-digest'] = signed({ ...acknowledging, body: { ids: [] } }, anna).init.headers[
      'content-digest'
    ]!;
    expect(await problemOf(fetch(renewed.url, renewed.init))).toMatchObject({ status: 401, code: 'signature-invalid' });
    const bare = signed(acknowledging, anna);
    bare.init.headers['signature-input'] = bare.init.headers['signature-input']!.replace(' "content-digest"', '');
    expect(await problemOf(fetch(bare.url, bare.init))).toMatchObject({ code: 'signature-malformed' });
  });
});

describe('requests', () => {
  test('HTTP-3: what has another shape is refused, and the answer says where, not what', async () => {
    const secret = base64url(randomBytes(16));
    const { body } = envelopeQuestion(envelopeFor(createDevice()), null);
    for (const wrong of [
      { ...body, device: 0 },
      { ...body, mailbox: 'A' },
      { ...body, more: secret },
      { ...body, body: `${'A'.repeat(42)}=` },
      [],
      7,
    ]) {
      const answer = await problemOf(post('/v1/envelopes', wrong));
      expect(answer).toMatchObject({ status: 400, code: 'bad-request' });
      expect(JSON.stringify(answer.body)).not.toContain(secret);
    }
    expect(await problemOf(post('/v1/envelopes', '{'))).toMatchObject({ status: 400, code: 'bad-request' });
    expect(await problemOf(post('/v1/envelopes', body, { 'content-type': 'text/plain' }))).toMatchObject({
      status: 415,
    });
    expect(await problemOf(fetch(`${node.http}/v1/ring?after=1&after=2`))).toMatchObject({ status: 400 });
    expect(await problemOf(fetch(`${node.http}/v1/ring?after=x`))).toMatchObject({ status: 400 });
    // Two spellings of the same bytes would be two ids.
    const twoSpellings = { ...body, mailbox: `${'A'.repeat(42)}B` };
    expect(await problemOf(post('/v1/envelopes', twoSpellings))).toMatchObject({ status: 400 });
  });

  test('HTTP-5: too much is not read', async () => {
    expect(await problemOf(post('/v1/envelopes', 'x'.repeat(80_000)))).toMatchObject({
      status: 413,
      code: 'too-large',
    });
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(10_000)) });
    const init = {
      method: 'POST',
      body: endless,
      duplex: 'half',
      headers: { 'content-type': 'application/json' },
    } as RequestInit;
    const answer = await problemOf(fetch(`${node.http}/v1/envelopes`, init)).catch(() => null);
    // The node answers and hangs up; whether the answer is still read is up to the client.
    expect(answer?.status ?? 413).toBe(413);
    expect((await fetch(`${node.http}/v1/node`)).status).toBe(200);
  });

  test('HTTP-5: one device asks so often, and keeps no other out', async () => {
    const [anna, ben] = [await resident(node.info), await resident(node.info)];
    const once = (device: Device): Promise<Response> => {
      const { url, init } = signed({ method: 'GET', path: '/v1/keys' }, device);
      return fetch(url, init);
    };
    let answer = await once(anna);
    for (let count = 0; count < 1000 && answer.status === 200; count++) answer = await once(anna);
    expect(await problemOf(answer)).toMatchObject({ status: 429, code: 'too-many' });
    expect((await once(ben)).status).toBe(200);
  });

  test('HTTP-1: unknown versions, paths and methods', async () => {
    expect(await problemOf(fetch(`${node.http}/v2/node`))).toMatchObject({
      status: 404,
      code: 'unknown-version',
      body: { versions: ['v1'] },
    });
    expect(await problemOf(fetch(`${node.http}/v1/nothing`))).toMatchObject({ status: 404, code: 'not-found' });
    const answer = await problemOf(fetch(`${node.http}/v1/envelopes`, { method: 'DELETE' }));
    expect(answer).toMatchObject({ status: 405, code: 'method-not-allowed' });
    expect(answer.headers.get('allow')).toBe('POST, GET, HEAD, OPTIONS');
    const head = await fetch(`${node.http}/v1/node`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  test('HTTP-6: pages of every origin may ask, without credentials', async () => {
    const preflight = await fetch(`${node.http}/v1/envelopes`, {
      method: 'OPTIONS',
      headers: { origin: 'https://elsewhere.example' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull();
    for (const name of ['content-digest', 'signature', 'signature-input', 'sotto-node']) {
      expect(preflight.headers.get('access-control-allow-headers')).toContain(name);
    }
    expect((await fetch(`${node.http}/v1/node`)).headers.get('access-control-allow-origin')).toBe('*');
  });
});
