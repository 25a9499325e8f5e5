import { describe, expect, test } from 'vitest';
import { AttachSchema, create, type FrameBody } from '@sotto/protocol/wire';
import { TestNode, acknowledgeFrame, START_MS } from '../testing/test-node.ts';
import type { TestClient } from '../testing/test-client.ts';
import type { TestPerson } from '../testing/test-person.ts';

const numbers = (client: TestClient): number[] =>
  client.all('deliver').map(({ body }) => new DataView(body.buffer, body.byteOffset).getUint32(0));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, number) => number);

const sweep = (node: TestNode, client: TestClient): Promise<FrameBody | undefined> =>
  node.ask(client, { case: 'attach', value: create(AttachSchema, { sweep: true }) });

async function sendAll(node: TestNode, person: TestPerson, sent: readonly number[]): Promise<void> {
  const sender = await node.connect(null);
  for (const number of sent) await node.send(sender, person.envelope(START_MS, number));
}

const ended = (client: TestClient): number => client.all('done').length;

describe('sweeps', () => {
  test('NODE-25: what waits is pushed beside the attached link, which stays; Done ends it', async () => {
    const node = new TestNode();
    const { person, client } = await node.resident();
    await sendAll(node, person, upTo(3));
    const beside = await node.connect(person);
    expect(await sweep(node, beside)).toMatchObject({ case: 'attached', value: { waiting: 3 } });
    expect(numbers(beside)).toEqual(upTo(3));
    expect(beside.received.at(-1)).toMatchObject({ request: 0, body: { case: 'done' } });
    expect(client.closedWith).toBeNull();
    expect(node.metrics.attached).toBe(1);
    // What comes later is pushed to the attached link alone.
    await sendAll(node, person, [3]);
    expect(numbers(client)).toEqual(upTo(4));
    expect(numbers(beside)).toEqual(upTo(3));
    beside.socket.close(1000, '');
    await node.clock.settle();
    expect(node.metrics.attached).toBe(1);
  });

  test('NODE-25: nothing waits: Done at once; a later sweep on the same link brings what came since', async () => {
    const node = new TestNode();
    const { person } = await node.resident(false);
    const beside = await node.connect(person);
    await sweep(node, beside);
    expect(ended(beside)).toBe(1);
    await sendAll(node, person, upTo(2));
    expect(numbers(beside)).toEqual([]);
    await sweep(node, beside);
    expect(numbers(beside)).toEqual(upTo(2));
    expect(ended(beside)).toBe(2);
    // Not acknowledged yet, so under way: not again.
    await sweep(node, beside);
    expect(numbers(beside)).toEqual(upTo(2));
    node.acknowledge(beside, person);
    await node.clock.settle();
    expect(await sweep(node, beside)).toMatchObject({ value: { waiting: 0 } });
    expect(ended(beside)).toBe(4);
  });

  test('NODE-25: as many as the window at a time, and Done after the last', async () => {
    const node = new TestNode({ limits: { deliveryFrames: 2 } });
    const { person } = await node.resident(false);
    await sendAll(node, person, upTo(5));
    const beside = await node.connect(person);
    await sweep(node, beside);
    for (const [pushed, dones] of [
      [2, 0],
      [4, 0],
      [5, 1],
    ] as const) {
      expect(numbers(beside)).toEqual(upTo(pushed));
      expect(ended(beside)).toBe(dones);
      const ids = beside.all('deliver').map((delivered) => person.idOf(delivered));
      beside.post({ case: 'acknowledge', value: acknowledgeFrame(ids) }, false);
      await node.clock.settle();
    }
    const again = await node.connect(person);
    expect(await node.attach(again)).toMatchObject({ value: { waiting: 0 } });
  });

  test('NODE-25: a link that swept may attach; an attached one may sweep', async () => {
    const node = new TestNode();
    const { person, client } = await node.resident();
    const beside = await node.connect(person);
    await sweep(node, beside);
    await node.attach(beside);
    expect(client.closedWith).toBe(4409);
    expect(node.metrics.attached).toBe(1);
    await sendAll(node, person, upTo(1));
    expect(numbers(beside)).toEqual(upTo(1));
    await sweep(node, beside);
    expect(numbers(beside)).toEqual(upTo(1));
    expect(ended(beside)).toBe(2);
  });

  test('NODE-25, NODE-7: a silent link that swept ends like an anonymous one', async () => {
    const node = new TestNode({ limits: { idleMs: 1000, attachedIdleMs: 400 } });
    const { person, client } = await node.resident();
    const beside = await node.connect(person);
    await sweep(node, beside);
    await node.clock.advance(2000);
    expect(beside.closedWith).toBe(4408);
    expect(client.closedWith).toBeNull();
  });

  test('NODE-25: on a live node nothing waits', async () => {
    const node = new TestNode({ store: null });
    const { person, client } = await node.resident();
    const beside = await node.connect(person);
    expect(await sweep(node, beside)).toMatchObject({ case: 'attached', value: { waiting: 0 } });
    expect(ended(beside)).toBe(1);
    expect(client.closedWith).toBeNull();
  });
});
