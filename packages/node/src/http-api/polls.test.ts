import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { nodePrimitives as primitives, systemRandom as random } from '@sotto/primitives-node';
import { AttachSchema, create } from '@sotto/protocol/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ask,
  type Device,
  envelopeQuestion,
  type Fetched,
  signatureHeaders,
} from '../../../../docs/examples/http-client.ts';
import { TestPerson } from '../testing/test-person.ts';
import { deviceOf, openLink, otherDoor, over, problemOf, resident, startTestNode } from './testing.fixture.ts';

type Node = Awaited<ReturnType<typeof startTestNode>>;
let node: Node;
beforeAll(async () => {
  node = await startTestNode();
});
afterAll(() => node.close());

const send = async (device: Device): Promise<string> => {
  const expires = Math.floor(Date.now() / 1000) + 3600;
  const envelope = { mailbox: device.account.publicKey, device: device.device, expires, body: randomBytes(2048) };
  return ((await ask(node.info, envelopeQuestion(envelope, device.capability), null)) as { id: string }).id;
};
const poll = (device: Device, query: string, url = node.http, signal?: AbortSignal): Promise<Response> => {
  const path = `/v1/envelopes${query}`;
  const headers = signatureHeaders(node.info, { method: 'GET', path }, null, device);
  return fetch(url + path, { headers, ...(signal === undefined ? {} : { signal }) });
};
const fetched = async (answer: Promise<Response>): Promise<Fetched> => (await (await answer).json()) as Fetched;
const waiting = async (count: number): Promise<void> => {
  await expect.poll(() => node.metrics.attached).toBe(count);
};

describe('long polls', () => {
  test('HTTP-32: one is answered when something is stored, and the device waits no longer', async () => {
    const anna = await resident(node.info);
    const asked = fetched(poll(anna, '?wait=40'));
    await waiting(1);
    // OPS-61
    expect(node.metrics.longPolls).toBe(1);
    const id = await send(anna);
    const { envelopes } = await asked;
    expect(envelopes.map((one) => one.id)).toEqual([id]);
    await waiting(0);
    expect(node.metrics.longPolls).toBe(0);
    // What is there is answered at once, also to one who would wait.
    expect((await fetched(poll(anna, '?wait=40'))).envelopes).toEqual(envelopes);
  });

  test('HTTP-32: what is before the cursor wakes nobody, however much of it there is', async () => {
    const anna = await resident(node.info);
    for (let count = 0; count < 66; count++) await send(anna);
    const first = await fetched(poll(anna, ''));
    const rest = await fetched(poll(anna, `?after=${first.envelopes.at(-1)!.cursor}`));
    expect([first.envelopes.length, first.more, rest.envelopes.length]).toEqual([64, true, 2]);
    const asked = fetched(poll(anna, `?wait=40&after=${rest.envelopes.at(-1)!.cursor}`));
    await waiting(1);
    const id = await send(anna);
    expect((await asked).envelopes.map((one) => one.id)).toEqual([id]);
  });

  test('HTTP-32: the time runs out, or the client gives up', async () => {
    const anna = await resident(node.info);
    expect(await fetched(poll(anna, '?wait=1'))).toEqual({ envelopes: [], more: false });
    const abort = new AbortController();
    const given = poll(anna, '?wait=40', node.http, abort.signal).catch(() => 'given up');
    await waiting(1);
    abort.abort();
    expect(await given).toBe('given up');
    await waiting(0);
  });

  test("HTTP-33: a newer poll of the device takes the place of the older, another device's does not", async () => {
    const [anna, ben] = [await resident(node.info), await resident(node.info)];
    const older = poll(anna, '?wait=40');
    await waiting(1);
    const other = fetched(poll(ben, '?wait=40'));
    await waiting(2);
    const newer = fetched(poll(anna, '?wait=40'));
    expect(await problemOf(older)).toMatchObject({ status: 409, code: 'replaced' });
    await Promise.all([send(anna), send(ben)]);
    expect([(await newer).envelopes.length, (await other).envelopes.length]).toEqual([1, 1]);
    await waiting(0);
  });

  test('HTTP-34: limits of waiting polls; those that wait keep nobody else out', async () => {
    const [anna, ben] = [await resident(node.info), await resident(node.info)];
    const door = await otherDoor(node.core.api, { polls: 1, underWay: 1 });
    const first = fetched(poll(anna, '?wait=40', door.url));
    await waiting(1);
    expect(door.api.waiting).toBe(1);
    expect(await problemOf(poll(ben, '?wait=40', door.url))).toMatchObject({ status: 429, code: 'too-many' });
    expect((await poll(ben, '', door.url)).status).toBe(200);
    await send(anna);
    expect((await first).envelopes).toHaveLength(1);
    expect(door.api.waiting).toBe(0);
    const next = fetched(poll(ben, '?wait=40', door.url));
    await waiting(1);
    await send(ben);
    expect((await next).envelopes).toHaveLength(1);
    // The one place of those that are served was given back once for each, not twice.
    const hanging = connect(Number(new URL(door.url).port), '127.0.0.1');
    hanging.write('POST /v1/envelopes HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n');
    await expect.poll(async () => (await fetch(`${door.url}/v1/node`)).status).toBe(503);
    hanging.destroy();
    door.close();
  });

  test('HTTP-35: a node that goes away answers them at once', async () => {
    const leaving = await startTestNode();
    const anna = await resident(leaving.info);
    const path = '/v1/envelopes?wait=50';
    const asked = fetch(leaving.http + path, {
      headers: signatureHeaders(leaving.info, { method: 'GET', path }, null, anna),
    });
    await expect.poll(() => leaving.metrics.attached).toBe(1);
    const closed = leaving.close();
    const answer = await problemOf(asked);
    expect(answer).toMatchObject({ status: 503, code: 'going-away' });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    await closed;
  });
});

describe('beside a link', () => {
  const newcomer = async (): Promise<{
    person: TestPerson;
    device: Device;
    link: Awaited<ReturnType<typeof openLink>>;
  }> => {
    const person = new TestPerson(primitives, random, Date.now());
    const link = await openLink(node, person);
    await over(link, { case: 'publishKeys', value: person.upload(2, 1) });
    await over(link, { case: 'setAccess', value: person.access() });
    return { person, device: deviceOf(person), link };
  };
  const attach = (link: Awaited<ReturnType<typeof openLink>>) =>
    over(link, { case: 'attach', value: create(AttachSchema, {}) });

  test('HTTP-36: what comes by HTTP is pushed over the link; what is sent over a link is fetched by HTTP', async () => {
    const { person, device, link } = await newcomer();
    await attach(link);
    const id = await send(device);
    await expect.poll(() => link.all('deliver')).toHaveLength(1);
    expect(Buffer.from(person.idOf(link.all('deliver')[0]!)).toString('base64url')).toBe(id);
    // Fetching without waiting leaves the link alone.
    expect((await fetched(poll(device, ''))).envelopes.map((one) => one.id)).toEqual([id]);
    // Acknowledged here, it is no longer waited for there.
    await ask(node.info, { method: 'POST', path: '/v1/acknowledgements', body: { ids: [id] } }, device);
    expect((await fetched(poll(device, ''))).envelopes).toEqual([]);
    expect(link.closedWith).toBeNull();
    link.socket.onClose(1000, '');

    const anonymous = await openLink(node, null);
    expect(await over(anonymous, { case: 'send', value: person.envelope(Date.now(), 7) })).toMatchObject({
      case: 'stored',
    });
    expect((await fetched(poll(device, ''))).envelopes).toHaveLength(1);
    expect(link.all('deliver')).toHaveLength(2);
  });

  test('HTTP-33: a poll that waits takes the place of an attached link, and a newer link that of a poll', async () => {
    const { person, device, link } = await newcomer();
    await attach(link);
    const asked = poll(device, '?wait=40');
    await expect.poll(() => link.closedWith).toBe(4409);
    const newer = await openLink(node, person);
    await attach(newer);
    expect(await problemOf(asked)).toMatchObject({ status: 409, code: 'replaced' });
    expect(newer.open).toBe(true);
    newer.socket.onClose(1000, '');
  });
});
