import { describe, expect, test } from 'vitest';
import { nodePrimitives } from '@sotto/primitives-node';
import { tokenOf } from '@sotto/protocol/identity';
import { requestTokenHash } from '@sotto/protocol/mailbox';
import { create, FetchBundlesSchema, FindSchema, type FrameBody, RefusalCode } from '@sotto/protocol/wire';
import { TestNode } from '../testing/test-node.ts';

const NONE = new Uint8Array(0);
const refusal = (body: FrameBody | undefined): RefusalCode | undefined =>
  body?.case === 'refusal' ? body.value.code : undefined;

describe('live node', () => {
  test('NODE-41: delivered when the device acknowledged, not before', async () => {
    const node = new TestNode({ store: null });
    const { person, client } = await node.resident();
    const sender = await node.connect(null);
    const envelope = person.envelope(node.clock.now());
    const request = sender.post({ case: 'send', value: envelope });
    await node.clock.settle();
    expect(client.all('deliver')).toEqual([{ expires: envelope.expires, body: envelope.body, live: false }]);
    expect(sender.received).toEqual([]);
    node.acknowledge(client, person);
    await node.clock.settle();
    expect(sender.answer(request)).toEqual({ case: 'delivered', value: {} });
  });

  test('NODE-41: not attached at once, not delivered when the device leaves', async () => {
    const node = new TestNode({ store: null });
    const { person, client } = await node.resident();
    const away = node.person();
    const sender = await node.connect(null);
    expect(refusal(await node.send(sender, away.envelope(node.clock.now())))).toBe(RefusalCode.NOT_ATTACHED);
    const request = sender.post({ case: 'send', value: person.envelope(node.clock.now()) });
    await node.clock.settle();
    client.socket.close(1000, '');
    await node.clock.settle();
    expect(refusal(sender.answer(request))).toBe(RefusalCode.NOT_DELIVERED);
    expect(refusal(await node.send(sender, person.envelope(node.clock.now())))).toBe(RefusalCode.NOT_ATTACHED);
  });

  test('NODE-41: sent again while under way: pushed once, answered for each', async () => {
    const node = new TestNode({ store: null });
    const { person, client } = await node.resident();
    const [first, second] = [await node.connect(null), await node.connect(null)];
    const envelope = person.envelope(node.clock.now());
    const requests = [first, second].map((link) => link.post({ case: 'send', value: envelope }));
    await node.clock.settle();
    expect(client.all('deliver')).toHaveLength(1);
    node.acknowledge(client, person);
    await node.clock.settle();
    expect([first.answer(requests[0]!), second.answer(requests[1]!)].map((body) => body?.case)).toEqual([
      'delivered',
      'delivered',
    ]);
  });

  test('NODE-41: a device with too much unacknowledged makes senders wait, and windows open again', async () => {
    const node = new TestNode({ store: null, limits: { deliveryFrames: 2, windowFrames: 3 } });
    const { person, client } = await node.resident();
    const sender = await node.connect(null);
    for (let round = 0; round < 3; round++) {
      const requests = [1, 2, 3].map((number) =>
        sender.post({ case: 'send', value: person.envelope(node.clock.now(), round * 10 + number) }),
      );
      await node.clock.settle();
      expect(refusal(sender.answer(requests[2]!))).toBe(RefusalCode.BUSY);
      node.acknowledge(client, person);
      await node.clock.settle();
      expect(requests.map((request) => sender.answer(request)?.case)).toEqual(['delivered', 'delivered', 'refusal']);
    }
  });

  test('NODE-40: keys are there while their owner is, and bundles of attached devices only', async () => {
    const node = new TestNode({ store: null });
    const { person, client } = await node.resident(false);
    const asker = await node.connect(null);
    const fetch = () =>
      node.ask(asker, { case: 'fetchBundles', value: create(FetchBundlesSchema, { account: person.mailbox }) });
    const before = await fetch();
    expect(before?.case === 'bundles' && before.value.bundles).toEqual([]);
    expect(refusal(await node.send(asker, person.envelope(node.clock.now())))).toBe(RefusalCode.NOT_ATTACHED);
    expect(await node.attach(client)).toMatchObject({ case: 'attached', value: { waiting: 0, keys: { oneTime: 2 } } });
    const attached = await fetch();
    expect(attached?.case === 'bundles' && attached.value.bundles).toHaveLength(1);
    client.socket.close(1000, '');
    await node.clock.settle();
    expect(refusal(await fetch())).toBe(RefusalCode.NOT_ATTACHED);
  });

  test('NODE-40: capability and request tokens hold as on other nodes', async () => {
    const node = new TestNode({ store: null });
    const { person, client } = await node.resident();
    const token = new Uint8Array(16).fill(4);
    await node.ask(client, { case: 'setAccess', value: person.access([requestTokenHash(nodePrimitives, token)]) });
    const sender = await node.connect(null);
    const wrong = person.envelope(node.clock.now(), 1, { capability: new Uint8Array(16) });
    expect(refusal(await node.send(sender, wrong))).toBe(RefusalCode.NOT_ALLOWED);
    const fields = { capability: NONE, requestToken: token };
    sender.post({ case: 'send', value: person.envelope(node.clock.now(), 2, fields) });
    await node.clock.settle();
    expect(client.all('deliver')).toHaveLength(1);
    const second = await node.send(sender, person.envelope(node.clock.now(), 3, fields));
    expect(refusal(second)).toBe(RefusalCode.TOKEN_USED);
  });
});

describe('TM-8: who is here', () => {
  const find = async (node: TestNode, token: string) => {
    const answer = await node.ask(await node.connect(null), { case: 'find', value: create(FindSchema, { token }) });
    if (answer?.case !== 'found') throw new Error(`answered ${answer?.case}`);
    return answer.value.present.map(({ account, name }) => [tokenOf(nodePrimitives, account), name]);
  };

  test('NODE-50: by token anybody attached, by list who chose so', async () => {
    const node = new TestNode({ store: null });
    const [listed, quiet, absent] = [node.person(), node.person(), node.person()];
    await node.attach(await node.connect(listed), 'Ada', true);
    const link = await node.connect(quiet);
    await node.attach(link, 'Bob', false);
    await node.connect(absent);
    const token = (person: typeof listed) => tokenOf(nodePrimitives, person.mailbox);
    expect(await find(node, '')).toEqual([[token(listed), 'Ada']]);
    expect(await find(node, token(quiet))).toEqual([[token(quiet), 'Bob']]);
    expect(await find(node, token(absent))).toEqual([]);
    await node.attach(link, 'Bob', true);
    expect(await find(node, '')).toHaveLength(2);
    link.socket.close(1000, '');
    await node.clock.settle();
    expect(await find(node, token(quiet))).toEqual([]);
  });

  test('NODE-50: a node with a store and without a key does not tell', async () => {
    const node = new TestNode();
    const answer = await node.ask(await node.connect(null), { case: 'find', value: create(FindSchema, {}) });
    expect(refusal(answer)).toBe(RefusalCode.UNSUPPORTED);
  });

  test('NODE-50: a long list is cut to what fits one answer', async () => {
    const node = new TestNode({ store: null });
    const name = 'ä'.repeat(64);
    for (let number = 0; number < 260; number++) await node.attach(await node.connect(node.person()), name, true);
    const found = await find(node, '');
    expect(found.length).toBeGreaterThan(150);
    expect(found.length).toBeLessThan(260);
  });
});
