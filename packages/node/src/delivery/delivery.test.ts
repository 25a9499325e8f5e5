import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLOSE } from '@sotto/protocol/link';
import { SlowStore } from '../testing/slow-store.ts';
import type { TestClient } from '../testing/test-client.ts';
import { acknowledgeFrame, START_MS, TestNode } from '../testing/test-node.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';

const numberOf = (body: Uint8Array): number => new DataView(body.buffer, body.byteOffset).getUint32(0);
const numbers = (client: TestClient): number[] => client.all('deliver').map(({ body }) => numberOf(body));
const upTo = (count: number, from = 0): number[] => Array.from({ length: count - from }, (_, index) => from + index);

async function sendAll(node: TestNode, person: Awaited<ReturnType<TestNode['resident']>>['person'], list: number[]) {
  const sender = await node.connect(null);
  for (const number of list) {
    expect((await node.send(sender, person.envelope(START_MS, number)))?.case).toBe('stored');
  }
  return sender;
}

describe('attach', () => {
  test('NODE-20: answers what waits, then pushes it in order, a window at a time', async () => {
    const node = new TestNode({ limits: { deliveryFrames: 10 } });
    const { person } = await node.resident(false);
    await sendAll(node, person, upTo(35));
    const client = await node.connect(person);
    const attached = await node.attach(client);
    expect(attached).toMatchObject({
      case: 'attached',
      value: { waiting: 35, keys: { oneTime: 2, deviceListRevision: 1n } },
    });
    expect(client.received[0]?.body.case).toBe('attached');
    expect(numbers(client)).toEqual(upTo(10));
    const ids = client.all('deliver').map((envelope) => person.idOf(envelope));
    expect((await node.ask(client, { case: 'acknowledge', value: acknowledgeFrame(ids.slice(0, 4)) }))?.case).toBe(
      'done',
    );
    expect(numbers(client)).toEqual(upTo(14));
    for (let round = 0; round < 4; round++) {
      node.acknowledge(client, person);
      await node.clock.settle();
    }
    expect(numbers(client)).toEqual(upTo(35));
  });

  test('NODE-20: the window counts bytes', async () => {
    const node = new TestNode({ limits: { deliveryBytes: 3 * 2048 } });
    const { person } = await node.resident(false);
    await sendAll(node, person, upTo(5));
    const client = await node.connect(person);
    await node.attach(client);
    expect(numbers(client)).toEqual([0, 1, 2]);
  });

  test('NODE-21: what comes while the backlog is read follows it, nothing twice, nothing missing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('send', 'send', 'send', 'acknowledge', 'wait', 'settle'), {
          minLength: 10,
          maxLength: 60,
        }),
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 5, maxLength: 20 }),
        fc.integer({ min: 1, max: 6 }),
        async (steps, delays, window) => {
          const clock = new VirtualClock(START_MS);
          let calls = 0;
          const store = new SlowStore(clock, () => delays[calls++ % delays.length]!);
          const node = new TestNode({ store, clock, limits: { deliveryFrames: window, commitItems: 3 } });
          const person = node.person();
          const client = await node.connect(person);
          client.post({ case: 'publishKeys', value: person.upload(0, 0) });
          client.post({ case: 'setAccess', value: person.access() });
          await clock.advance(1000);
          const sender = await node.connect(null);
          let sent = 0;
          let acknowledged = 0;
          const acknowledge = (): void => {
            const fresh = client.all('deliver').slice(acknowledged);
            if (fresh.length === 0) return;
            acknowledged += fresh.length;
            const ids = fresh.map((envelope) => person.idOf(envelope));
            client.post({ case: 'acknowledge', value: acknowledgeFrame(ids) }, false);
          };
          for (let number = 0; number < 5; number++) {
            sender.post({ case: 'send', value: person.envelope(START_MS, sent++) });
          }
          const attaching = node.attach(client);
          for (const step of steps) {
            if (step === 'send') sender.post({ case: 'send', value: person.envelope(START_MS, sent++) });
            else if (step === 'acknowledge') acknowledge();
            else if (step === 'wait') await clock.advance(7);
            else await clock.settle();
          }
          await attaching;
          for (let round = 0; round < sent + 5; round++) {
            acknowledge();
            await clock.advance(100);
          }
          expect(numbers(client)).toEqual(upTo(sent));
          const waiting = store.waiting(person.mailbox, 1);
          await clock.advance(100);
          expect(await waiting).toBe(0);
        },
      ),
      { numRuns: 25 },
    );
  }, 60_000);
});

describe('acknowledgement', () => {
  test('NODE-22: an envelope stays until then, across links', async () => {
    const node = new TestNode();
    const { person, client } = await node.resident();
    await sendAll(node, person, [1, 2]);
    expect(numbers(client)).toEqual([1, 2]);
    client.socket.close(1000, '');
    await node.clock.settle();
    const second = await node.connect(person);
    await node.attach(second);
    expect(numbers(second)).toEqual([1, 2]);
    const [first] = second.all('deliver').map((envelope) => person.idOf(envelope));
    await node.ask(second, { case: 'acknowledge', value: acknowledgeFrame([first!]) });
    second.socket.close(1000, '');
    const third = await node.connect(person);
    await node.attach(third);
    expect(numbers(third)).toEqual([2]);
  });

  test('NODE-22: a store that cannot remove ends the link, and the envelope comes again', async () => {
    const clock = new VirtualClock(START_MS);
    const store = new SlowStore(clock, () => 0);
    const node = new TestNode({ store, clock });
    const { person, client } = await node.resident();
    await sendAll(node, person, [1]);
    store.failure = new Error('secret words');
    node.acknowledge(client, person);
    await clock.settle();
    expect(client.closedWith).toBe(4500);
    expect(JSON.stringify(node.logged)).not.toContain('secret');
    store.failure = null;
    const second = await node.connect(person);
    await node.attach(second);
    expect(numbers(second)).toEqual([1]);
  });

  test('NODE-23: a newer link takes over, the older one is closed 4409', async () => {
    const node = new TestNode();
    const { person, client } = await node.resident();
    const sender = await sendAll(node, person, [1]);
    const second = await node.connect(person);
    await node.attach(second);
    expect(client.closedWith).toBe(CLOSE.replaced.code);
    await node.send(sender, person.envelope(START_MS, 2));
    expect(numbers(second)).toEqual([1, 2]);
    expect(node.metrics.attached).toBe(1);
  });

  test('NODE-24: nobody acknowledges for another', async () => {
    const node = new TestNode();
    const [victim, thief] = [await node.resident(), await node.resident()];
    await sendAll(node, victim.person, [1]);
    const [delivered] = victim.client.all('deliver');
    const ids = acknowledgeFrame([victim.person.idOf(delivered!)]);
    await node.ask(thief.client, { case: 'acknowledge', value: ids });
    const again = await node.connect(victim.person);
    await node.attach(again);
    expect(numbers(again)).toEqual([1]);
  });

  test('a crash of the node loses nothing that was receipted', async () => {
    const clock = new VirtualClock(START_MS);
    const store = new SlowStore(clock, () => 0);
    const before = new TestNode({ store, clock });
    const { person } = await before.resident();
    await sendAll(before, person, upTo(3));
    before.core.abandon();
    const after = new TestNode({ store, clock, identity: before.identity });
    const client = await after.connect(person);
    await after.attach(client);
    expect(numbers(client)).toEqual(upTo(3));
  });
});
