import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodePrimitives } from '@sotto/primitives-node';
import { requestTokenHash } from '@sotto/protocol/mailbox';
import { create, FetchBundlesSchema, type FrameBody, RefusalCode, SetAccessSchema } from '@sotto/protocol/wire';
import { LiveDirectory } from '../live/live-directory.ts';
import { MemoryStore } from '../store/memory/memory-store.ts';
import { DEFAULT_STORE_LIMITS } from '../store/store-limits.ts';
import type { TestClient } from '../testing/test-client.ts';
import { acknowledgeFrame, START_MS, TestNode, type TestNodeOptions } from '../testing/test-node.ts';
import type { TestPerson } from '../testing/test-person.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { NO_FAULTS, WakeHub } from '../testing/wake-hub.ts';

const RECHECK_MS = 30_000;
const ALL_LOST = { ...NO_FAULTS, lose: () => true };

/** Counts how often it is read. */
class CountedStore extends MemoryStore {
  takes = 0;

  override take(...asked: Parameters<MemoryStore['take']>): ReturnType<MemoryStore['take']> {
    this.takes += 1;
    return super.take(...asked);
  }
}

interface Edges {
  readonly clock: VirtualClock;
  readonly hub: WakeHub;
  readonly store: CountedStore;
  readonly nodes: readonly [TestNode, TestNode];
}

/** Two edges of one node. */
function twoEdges(options: TestNodeOptions = {}): Edges {
  const clock = new VirtualClock(START_MS);
  const hub = new WakeHub(clock);
  if (options.store === null) hub.liveKeys = new LiveDirectory((key) => hub.isPresent(key));
  const store = new CountedStore(DEFAULT_STORE_LIMITS);
  const shared = { store, ...options, clock };
  const first = new TestNode({ ...shared, wake: hub.edge(), seed: 1 });
  const second = new TestNode({ ...shared, wake: hub.edge(), seed: 2, identity: first.identity });
  return { clock, hub, store, nodes: [first, second] };
}

const numbers = (client: TestClient): number[] =>
  client.all('deliver').map(({ body }) => new DataView(body.buffer, body.byteOffset).getUint32(0));
const refusal = (body: FrameBody | undefined): RefusalCode | undefined =>
  body?.case === 'refusal' ? body.value.code : undefined;
const envelope = (person: TestPerson, number: number) => person.envelope(START_MS, number);

describe('edges of one node', () => {
  test('OPS-20: what one edge stores is delivered at once by the edge where the device is, and acknowledged there', async () => {
    const { nodes, store } = twoEdges();
    const { person, client } = await nodes[1].resident();
    const sender = await nodes[0].connect(null);
    expect((await nodes[0].send(sender, envelope(person, 1)))?.case).toBe('stored');
    expect(numbers(client)).toEqual([1]);
    nodes[1].acknowledge(client, person);
    await nodes[1].clock.settle();
    expect(await store.waiting(person.mailbox, 1)).toBe(0);
  });

  test('OPS-20: the other edge is told after the commit, before the receipt', async () => {
    const clock = new VirtualClock(START_MS);
    const order: string[] = [];
    const store = new MemoryStore(DEFAULT_STORE_LIMITS);
    const hub = new WakeHub(clock);
    const wake = hub.edge();
    const node = new TestNode({
      clock,
      store: new Proxy(store, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== 'function') return value;
          return name === 'store'
            ? (items: Parameters<MemoryStore['store']>[0]) => target.store(items).finally(() => order.push('committed'))
            : (value.bind(target) as unknown);
        },
      }),
      wake: { ...wake, stored: () => void order.push('told') },
    });
    const { person } = await node.resident(false);
    const sender = await node.connect(null);
    sender.onFrame = ({ body }) => void order.push(body.case);
    await node.send(sender, envelope(person, 1));
    expect(order).toEqual(['committed', 'told', 'stored']);
  });

  test('OPS-27: when every word between edges is lost, the next look at the store finds it', async () => {
    const { clock, hub, nodes } = twoEdges();
    const { person, client } = await nodes[1].resident();
    hub.faults = ALL_LOST;
    const sender = await nodes[0].connect(null);
    await nodes[0].send(sender, envelope(person, 1));
    expect(numbers(client)).toEqual([]);
    await clock.advance(RECHECK_MS);
    expect(numbers(client)).toEqual([1]);
  });

  test('OPS-27: a wake that came back is no reason to wait: within two seconds', async () => {
    const { clock, hub, nodes } = twoEdges();
    const { person, client } = await nodes[1].resident();
    hub.faults = ALL_LOST;
    const sender = await nodes[0].connect(null);
    await nodes[0].send(sender, envelope(person, 1));
    hub.faults = NO_FAULTS;
    hub.resume();
    await clock.advance(2000);
    expect(numbers(client)).toEqual([1]);
  });

  test('OPS-27: who has read as far as the queue reaches reads nothing again', async () => {
    const { clock, store, nodes } = twoEdges();
    const { person, client } = await nodes[1].resident();
    const sender = await nodes[1].connect(null);
    for (const number of [1, 2, 3]) await nodes[1].send(sender, envelope(person, number));
    expect(numbers(client)).toEqual([1, 2, 3]);
    await clock.advance(RECHECK_MS);
    const { takes } = store;
    await clock.advance(RECHECK_MS);
    expect(store.takes).toBe(takes);
    expect(numbers(client)).toEqual([1, 2, 3]);
  });

  test('OPS-21: a device that attaches at another edge leaves the first one, and gets what that had pushed', async () => {
    const { nodes, clock } = twoEdges();
    const { person, client } = await nodes[0].resident();
    const sender = await nodes[0].connect(null);
    await nodes[0].send(sender, envelope(person, 1));
    const moved = await nodes[1].connect(person);
    await nodes[1].attach(moved);
    expect(client.closedWith).toBe(4409);
    expect(numbers(moved)).toEqual([1]);
    await nodes[0].send(sender, envelope(person, 2));
    expect(numbers(moved)).toEqual([1, 2]);
    // And back.
    const back = await nodes[0].connect(person);
    await nodes[0].attach(back);
    await clock.settle();
    expect(moved.closedWith).toBe(4409);
    expect(numbers(back)).toEqual([1, 2]);
    expect([nodes[0].metrics.attached, nodes[1].metrics.attached]).toEqual([1, 0]);
  });

  test('OPS-21: what was pushed to the old link before it knew comes by the new one', async () => {
    const { nodes, hub, clock } = twoEdges();
    const { person, client } = await nodes[0].resident();
    const sender = await nodes[0].connect(null);
    hub.faults = { ...NO_FAULTS, delayMs: () => 500 };
    const moved = await nodes[1].connect(person);
    await nodes[1].attach(moved);
    await nodes[0].send(sender, envelope(person, 1));
    expect([numbers(client), numbers(moved)]).toEqual([[1], []]);
    await clock.advance(1100);
    expect(client.closedWith).toBe(4409);
    expect(numbers(moved)).toEqual([1]);
  });

  test('OPS-21: who is found at two edges after a loss may come back', async () => {
    const { nodes, hub, clock } = twoEdges();
    const { person, client } = await nodes[0].resident();
    hub.faults = ALL_LOST;
    const other = await nodes[1].connect(person);
    await nodes[1].attach(other);
    expect([client.closedWith, other.closedWith]).toEqual([null, null]);
    hub.faults = NO_FAULTS;
    hub.resume();
    await clock.settle();
    expect(new Set([client.closedWith, other.closedWith])).toEqual(new Set([4503, null]));
  });

  test('OPS-34: an edge that goes says to each client when to come back, spread over time; what is under way is answered', async () => {
    const { nodes, clock } = twoEdges({ limits: { closingSpreadMs: 4000 } });
    const { person } = await nodes[1].resident(false);
    const links = await Promise.all(Array.from({ length: 40 }, () => nodes[0].connect(null)));
    const request = links[0]!.post({ case: 'send', value: envelope(person, 1) });
    await clock.settle();
    const drained = nodes[0].core.drain();
    await clock.advance(10);
    await drained;
    expect(links[0]!.answer(request)?.case).toBe('stored');
    const times = links.flatMap((link) => link.all('closing').map(({ retryMs }) => retryMs));
    expect(times).toHaveLength(40);
    expect(Math.max(...times)).toBeLessThanOrEqual(4001);
    for (const quarter of [0, 1, 2, 3]) {
      expect(times.filter((ms) => Math.floor((ms - 1) / 1000) === quarter).length).toBeGreaterThan(2);
    }
    expect(links.every(({ closedWith }) => closedWith === 4503)).toBe(true);
  });

  test('OPS-28: acknowledged at the one edge, at the other, or at both: gone once', async () => {
    const { nodes, store, clock } = twoEdges();
    const { person, client } = await nodes[0].resident();
    const beside = await nodes[1].connect(person);
    const sender = await nodes[0].connect(null);
    for (const number of [1, 2]) await nodes[0].send(sender, envelope(person, number));
    const ids = client.all('deliver').map((delivered) => person.idOf(delivered));
    await nodes[1].attach(beside);
    for (const [node, link] of [
      [nodes[1], beside],
      [nodes[1], beside],
    ] as const) {
      await node.ask(link, { case: 'acknowledge', value: acknowledgeFrame(ids) });
    }
    await clock.settle();
    expect(await store.waiting(person.mailbox, 1)).toBe(0);
    await nodes[1].send(await nodes[1].connect(null), envelope(person, 1));
    expect(numbers(beside)).toEqual([1, 2]);
  });

  test('OPS-22: a changed capability counts at every edge; when the word of it is lost, within two looks', async () => {
    const { nodes, clock, hub } = twoEdges();
    const { person, client } = await nodes[1].resident();
    const sender = await nodes[0].connect(null);
    expect((await nodes[0].send(sender, envelope(person, 1)))?.case).toBe('stored');
    const rotate = (): Promise<unknown> =>
      nodes[1].ask(client, {
        case: 'setAccess',
        value: create(SetAccessSchema, { capabilityHash: nodePrimitives.sha256(nodes[1].random(8)) }),
      });
    await rotate();
    expect(refusal(await nodes[0].send(sender, envelope(person, 2)))).toBe(RefusalCode.NOT_ALLOWED);
    // Back to the first, unheard.
    hub.faults = ALL_LOST;
    await nodes[1].ask(client, { case: 'setAccess', value: person.access() });
    expect(refusal(await nodes[0].send(sender, envelope(person, 3)))).toBe(RefusalCode.NOT_ALLOWED);
    await clock.advance(2 * RECHECK_MS);
    expect((await nodes[0].send(sender, envelope(person, 3)))?.case).toBe('stored');
  });

  test('OPS-23: typing crosses edges; who is nowhere is said to be', async () => {
    const { nodes } = twoEdges();
    const { person, client } = await nodes[1].resident();
    const away = await nodes[1].resident(false);
    const sender = await nodes[0].connect(null);
    const typing = { ...envelope(person, 1), live: true };
    expect((await nodes[0].send(sender, typing))?.case).toBe('done');
    expect(client.all('deliver')).toEqual([{ expires: typing.expires, body: typing.body, live: true }]);
    const nowhere = { ...envelope(away.person, 1), live: true };
    expect(refusal(await nodes[0].send(sender, nowhere))).toBe(RefusalCode.NOT_ATTACHED);
  });

  test('OPS-26: rates per account are those of all edges together', async () => {
    const { nodes } = twoEdges({ limits: { fetchBurst: 2, fetchPerSecond: 0.001 } });
    const { person } = await nodes[1].resident(false);
    const ask = async (node: TestNode): Promise<FrameBody | undefined> =>
      node.ask(await node.connect(null), {
        case: 'fetchBundles',
        value: create(FetchBundlesSchema, { account: person.mailbox }),
      });
    const answers = [await ask(nodes[0]), await ask(nodes[1]), await ask(nodes[1])];
    expect(answers.map((body) => body?.case)).toEqual(['bundles', 'bundles', 'refusal']);
  });

  test('OPS-23: a device that runs low on keys is told where it is', async () => {
    const { nodes } = twoEdges();
    const { person, client } = await nodes[1].resident();
    const told = client.all('keyCounts').length;
    const { mailbox: account, capability } = person;
    const value = create(FetchBundlesSchema, { account, capability });
    await nodes[0].ask(await nodes[0].connect(null), { case: 'fetchBundles', value });
    expect(client.all('keyCounts').slice(told)).toMatchObject([{ oneTime: 1 }]);
  });
});

describe('edges of one live node', () => {
  test('OPS-25: delivered when the device acknowledged at its edge', async () => {
    const { nodes, clock } = twoEdges({ store: null });
    const { person, client } = await nodes[1].resident();
    const sender = await nodes[0].connect(null);
    const request = sender.post({ case: 'send', value: envelope(person, 1) });
    await clock.settle();
    expect(numbers(client)).toEqual([1]);
    expect(sender.answer(request)).toBeUndefined();
    nodes[1].acknowledge(client, person);
    await clock.settle();
    expect(sender.answer(request)?.case).toBe('delivered');
  });

  test('OPS-25: not delivered when the device leaves or the word is lost; not attached when it is nowhere', async () => {
    const { nodes, clock, hub } = twoEdges({ store: null });
    const { person, client } = await nodes[1].resident();
    const keeper = await nodes[0].connect(person);
    const sender = await nodes[0].connect(null);
    hub.faults = ALL_LOST;
    const lost = sender.post({ case: 'send', value: envelope(person, 1) });
    await clock.advance(20_000);
    expect(refusal(sender.answer(lost))).toBe(RefusalCode.NOT_DELIVERED);
    hub.faults = NO_FAULTS;
    const request = sender.post({ case: 'send', value: envelope(person, 2) });
    await clock.settle();
    client.socket.close(1000, '');
    await clock.settle();
    expect(refusal(sender.answer(request))).toBe(RefusalCode.NOT_DELIVERED);
    expect(refusal(await nodes[0].send(sender, envelope(person, 3)))).toBe(RefusalCode.NOT_ATTACHED);
    expect(keeper.closedWith).toBeNull();
  });

  test('OPS-25: a request token is used up once, whichever edges it comes by', async () => {
    const { nodes, clock } = twoEdges({ store: null });
    const { person, client } = await nodes[1].resident();
    const token = nodes[1].random(16);
    await nodes[1].ask(client, {
      case: 'setAccess',
      value: person.access([requestTokenHash(nodePrimitives, token)]),
    });
    const by = async (node: TestNode, number: number) => {
      const sender = await node.connect(null);
      const fields = { capability: new Uint8Array(0), requestToken: token };
      const request = sender.post({ case: 'send', value: person.envelope(START_MS, number, fields) });
      await clock.settle();
      nodes[1].acknowledge(client, person);
      await clock.settle();
      return sender.answer(request);
    };
    expect((await by(nodes[0], 1))?.case).toBe('delivered');
    expect(refusal(await by(nodes[0], 2))).toBe(RefusalCode.TOKEN_USED);
    expect(refusal(await by(nodes[1], 3))).toBe(RefusalCode.TOKEN_USED);
  });
});

type Step =
  | { readonly kind: 'send' | 'attach'; readonly at: 0 | 1 }
  | { readonly kind: 'ack' | 'flush' | 'resume' }
  | { readonly kind: 'wait'; readonly ms: number };

const at = fc.constantFrom(0 as const, 1 as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('send' as const), at }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('attach' as const), at }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('ack' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('flush' as const, 'resume' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(3000) }) },
);
const faults = fc.record({
  lost: fc.constantFrom(0, 0.3, 1),
  doubled: fc.constantFrom(0, 0.5),
  delayMs: fc.constantFrom(0, 50, 5000),
});

test('OPS-28: whatever is lost, late or doubled between edges, nothing is lost, and no link gets anything twice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), faults, fc.nat(), async (steps, bad, seed) => {
      const { nodes, clock, hub, store } = twoEdges();
      const { person } = await nodes[0].resident(false);
      let drawn = seed;
      const chance = (): number => (drawn = (drawn * 16_807 + 11) % 2_147_483_647) / 2_147_483_647;
      hub.faults = {
        lose: () => chance() < bad.lost,
        double: () => chance() < bad.doubled,
        delayMs: () => Math.floor(chance() * bad.delayMs),
      };
      const senders = [await nodes[0].connect(null), await nodes[1].connect(null)] as const;
      const links: { client: TestClient; node: TestNode }[] = [];
      const stored: number[] = [];
      const attach = async (to: 0 | 1): Promise<void> => {
        const client = await nodes[to].connect(person);
        await nodes[to].attach(client);
        links.push({ client, node: nodes[to] });
      };
      const acknowledge = (): void => {
        for (const { client, node } of links) if (client.open) node.acknowledge(client, person);
      };
      for (const taken of steps) {
        if (taken.kind === 'send') {
          const number = stored.length + 1;
          senders[taken.at].post({ case: 'send', value: envelope(person, number) });
          stored.push(number);
        } else if (taken.kind === 'attach') await attach(taken.at);
        else if (taken.kind === 'ack') acknowledge();
        else if (taken.kind === 'flush') hub.flush();
        else if (taken.kind === 'resume') hub.resume();
        else if ('ms' in taken) await clock.advance(taken.ms);
      }
      await attach(0);
      await clock.advance(RECHECK_MS + 5000);
      const seen = new Set(links.flatMap(({ client }) => numbers(client)));
      expect([...seen].toSorted((a, b) => a - b)).toEqual(stored);
      for (const { client } of links) expect(numbers(client)).toHaveLength(new Set(numbers(client)).size);
      acknowledge();
      await clock.advance(1000);
      expect(await store.waiting(person.mailbox, 1)).toBe(0);
    }),
    { numRuns: 20 },
  );
});
