import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLOSE } from '@sotto/protocol/link';
import { MemoryStore } from '../store/memory/memory-store.ts';
import type { QueuedEnvelope, StoreItem, StoreOutcome } from '../store/relay-store.ts';
import { DEFAULT_STORE_LIMITS } from '../store/store-limits.ts';
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
        fc.array(fc.constantFrom('send', 'send', 'acknowledge', 'acknowledge one', 'wait', 'settle'), {
          minLength: 10,
          maxLength: 60,
        }),
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 5, maxLength: 20 }),
        fc.integer({ min: 1, max: 6 }),
        fc.boolean(),
        async (steps, delays, window, inOrder) => {
          const clock = new VirtualClock(START_MS);
          let calls = 0;
          const store = new SlowStore(clock, () => delays[calls++ % delays.length]!, inOrder);
          const node = new TestNode({ store, clock, limits: { deliveryFrames: window, commitItems: 3 } });
          const person = node.person();
          const client = await node.connect(person);
          client.post({ case: 'publishKeys', value: person.upload(0, 0) });
          client.post({ case: 'setAccess', value: person.access() });
          await clock.advance(1000);
          const sender = await node.connect(null);
          let sent = 0;
          let acknowledged = 0;
          const acknowledge = (most = Infinity): void => {
            const fresh = client.all('deliver').slice(acknowledged, acknowledged + most);
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
            else if (step === 'acknowledge one') acknowledge(1);
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
      { numRuns: 40 },
    );
  }, 60_000);
});

describe('answers of the store that overtake each other', () => {
  /** Whatever is asked happens at once; what `hold` names is answered when told. */
  class HoldingStore extends MemoryStore {
    hold: 'store' | 'take' | null = null;
    #release: (() => void)[] = [];

    override store(items: readonly StoreItem[]): Promise<StoreOutcome[]> {
      return this.#answer('store', super.store(items));
    }

    override take(mailbox: Uint8Array, device: number, after: number, limit: number): Promise<QueuedEnvelope[]> {
      return this.#answer('take', super.take(mailbox, device, after, limit));
    }

    release(): void {
      this.hold = null;
      for (const release of this.#release.splice(0)) release();
    }

    #answer<T>(verb: 'store' | 'take', answer: Promise<T>): Promise<T> {
      if (this.hold !== verb) return answer;
      return new Promise((resolve) => this.#release.push(() => resolve(answer)));
    }
  }

  test('NODE-21: a page that still names what was acknowledged meanwhile', async () => {
    const store = new HoldingStore(DEFAULT_STORE_LIMITS);
    const node = new TestNode({ store, limits: { deliveryFrames: 2 } });
    const { person, client } = await node.resident();
    // 0 and 1 are pushed as they are committed; 2 finds the window full, so the store is read from the beginning.
    await sendAll(node, person, [0, 1, 2]);
    const ids = client.all('deliver').map((envelope) => person.idOf(envelope));
    store.hold = 'take';
    await node.ask(client, { case: 'acknowledge', value: acknowledgeFrame([ids[0]!]) });
    await node.ask(client, { case: 'acknowledge', value: acknowledgeFrame([ids[1]!]) });
    store.release();
    await node.clock.settle();
    expect(numbers(client)).toEqual([0, 1, 2]);
  });

  test('NODE-21: a report of a commit after its envelope was read, pushed and acknowledged', async () => {
    const store = new HoldingStore(DEFAULT_STORE_LIMITS);
    const node = new TestNode({ store });
    const { person } = await node.resident(false);
    const sender = await node.connect(null);
    store.hold = 'store';
    const request = sender.post({ case: 'send', value: person.envelope(START_MS, 0) });
    await node.clock.settle();
    const client = await node.connect(person);
    await node.attach(client);
    expect(numbers(client)).toEqual([0]);
    node.acknowledge(client, person);
    await node.clock.settle();
    store.release();
    await node.clock.settle();
    expect(sender.answer(request)?.case).toBe('stored');
    expect(numbers(client)).toEqual([0]);
    await node.send(sender, person.envelope(START_MS, 1));
    expect(numbers(client)).toEqual([0, 1]);
  });
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

  test('NODE-23: an Attach that was late does not end the newer link', async () => {
    const node = new TestNode();
    const { person, client } = await node.resident(false);
    const second = await node.connect(person);
    await node.attach(second);
    await node.attach(client);
    expect(client.closedWith).toBe(CLOSE.replaced.code);
    await sendAll(node, person, [1]);
    expect(numbers(second)).toEqual([1]);
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
