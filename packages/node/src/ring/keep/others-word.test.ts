import { nodePrimitives as primitives, systemRandom } from '@sotto/primitives-node';
import { createDevice, signDeviceList } from '@sotto/protocol/identity';
import { requestTokenHash } from '@sotto/protocol/mailbox';
import { create, KeepAs, KeepSchema, RefusalCode, type SendFrame } from '@sotto/protocol/wire';
import { describe, expect, test } from 'vitest';
import type { StoreItem } from '../../store/relay-store.ts';
import type { TestNode } from '../../testing/test-node.ts';
import type { TestPerson } from '../../testing/test-person.ts';
import { KeptRing } from './kept-ring.fixture.ts';

const BODY = 2048;
const HOUR_MS = 3_600_000;
const NO_BYTES = new Uint8Array(0);

/** What a node answers another one's Keep of one envelope; 0: kept. */
async function keep(
  ring: KeptRing,
  from: TestNode,
  to: TestNode,
  as: KeepAs,
  { mailbox, device, expires, body }: SendFrame,
  change = {},
): Promise<number | string> {
  const item = { mailbox, device, expires: BigInt(expires), body, ...change };
  const value = create(KeepSchema, { as, items: [item] });
  const answer = from.core.ring.peer(to.core.ring.self)!.request({ case: 'keep', value });
  await ring.clock.advance(as === KeepAs.STAND_IN ? 2500 : 10);
  const kept = await answer;
  return kept.case === 'kept' ? kept.value.items[0]!.refusal : kept.case;
}

/** Everything that the node's store is given from now on. */
function storedAt(node: TestNode): StoreItem[] {
  const seen: StoreItem[] = [];
  const store = node.store.store.bind(node.store);
  node.store.store = (items) => {
    seen.push(...items);
    return store(items);
  };
  return seen;
}

const itemOf = (person: TestPerson, frame: SendFrame): StoreItem => ({
  ...frame,
  id: person.idOf(frame),
  lane: 'contact',
  tokenHash: null,
});

function nodesOf(ring: KeptRing, person: TestPerson) {
  const { standIns } = ring.homesOf(person);
  const homes = ring.homeNodes(person);
  return { homes, standIn: ring.node(standIns[0]!), others: standIns.slice(1).map((key) => ring.node(key)) };
}

describe('custody at the word of others', () => {
  test('RING-30, TM-87: is bounded for whoever answers for them, by what is held and by what came in a day', async () => {
    const limits = { custodyBytes: 4 * BODY, custodyBytesPerDay: 6 * BODY };
    const ring = await KeptRing.of(5, false, limits);
    const person = await ring.person();
    const { homes, standIn, others } = nodesOf(ring, person);
    let number = 0;
    const give = (from: TestNode) =>
      keep(ring, from, standIn, KeepAs.STAND_IN, person.envelope(ring.clock.now(), number++));
    // While one of them is away everything stays.
    ring.network.cut(ring.urlOf(homes[2]!));
    for (let count = 0; count < 4; count++) expect(await give(others[0]!)).toBe(0);
    expect(await give(others[0]!)).toBe(RefusalCode.BUSY);
    expect(await give(homes[0]!)).toBe(0);
    ring.network.mend(ring.urlOf(homes[2]!));
    await ring.clock.advance(10 * 60_000);
    expect(await ring.waitingAt(standIn, person)).toBe(0);
    for (let count = 0; count < 2; count++) expect(await give(others[0]!)).toBe(0);
    expect(await give(others[0]!)).toBe(RefusalCode.BUSY);
  });

  test('RING-30: what is there already is not counted twice', async () => {
    const ring = await KeptRing.of(5, false, { custodyBytes: 2 * BODY });
    const person = await ring.person();
    const { homes, standIn, others } = nodesOf(ring, person);
    ring.network.cut(ring.urlOf(homes[2]!));
    const same = person.envelope(ring.clock.now(), 1);
    for (let count = 0; count < 5; count++) {
      expect(await keep(ring, others[0]!, standIn, KeepAs.STAND_IN, same)).toBe(0);
    }
  });

  test('RING-30: nothing is kept for accounts or devices that do not exist', async () => {
    const ring = await KeptRing.of(5, false, { custodyBytes: BODY });
    const person = await ring.person();
    const { standIn, homes } = nodesOf(ring, person);
    const from = homes[0]!;
    const frame = person.envelope(ring.clock.now(), 1);
    for (const [change, code] of [
      [{ device: 2 }, RefusalCode.NO_DEVICE],
      [{}, 0],
    ] as const) {
      expect(await keep(ring, from, standIn, KeepAs.STAND_IN, frame, change)).toBe(code);
    }
    // Of a mailbox for which the same node stands in.
    const unknown = unknownFor(ring, standIn);
    expect(await keep(ring, from, standIn, KeepAs.STAND_IN, unknown.envelope(ring.clock.now(), 1))).toBe(
      RefusalCode.NO_MAILBOX,
    );
  });

  test('RING-30: while too few homes can say whether somebody exists, bounds are all there is', async () => {
    const ring = await KeptRing.of(5, false, { custodyBytes: BODY });
    const { standIn, homes, others } = nodesOf(ring, ring.founder.person());
    for (const home of homes) ring.network.cut(ring.urlOf(home));
    const unknown = unknownFor(ring, standIn);
    const give = (number: number) =>
      keep(ring, others[0]!, standIn, KeepAs.STAND_IN, unknown.envelope(ring.clock.now(), number));
    expect(await give(1)).toBe(0);
    expect(await give(2)).toBe(RefusalCode.BUSY);
  });

  /** Somebody whom no node knows, and for whom this one stands in. */
  function unknownFor(ring: KeptRing, standIn: TestNode): TestPerson {
    for (;;) {
      const person = ring.founder.person();
      if (ring.homesOf(person).standIns[0] === standIn.core.ring.self) return person;
    }
  }

  test('RING-31: what the sender showed goes with it to homes, and opens all of the lane there', async () => {
    const ring = await KeptRing.of(4);
    const person = await ring.person();
    const { homes, standIn } = nodesOf(ring, person);
    const seen = storedAt(homes[1]!);
    const client = await standIn.connect(null);
    await ring.send(client, standIn, person, person.envelope(ring.clock.now(), 0));
    const give = (number: number, change: object) =>
      keep(ring, standIn, homes[1]!, KeepAs.HOME, person.envelope(ring.clock.now(), number), change);
    for (const [number, change] of [
      [1, { capability: person.capability }],
      [2, {}],
      [3, { capability: new Uint8Array(16) }],
      [4, { stranger: true }],
    ] as const) {
      expect(await give(number, change)).toBe(0);
    }
    const lanes = seen.map(({ lane, unproven }) => (unproven === true ? 'unproven' : lane));
    expect(lanes).toEqual(['contact', 'contact', 'unproven', 'unproven', 'stranger']);
  });

  test('RING-31: who stands in is told no capability', async () => {
    const ring = await KeptRing.of(4);
    const person = await ring.person();
    const { homes, standIn } = nodesOf(ring, person);
    ring.network.cut(ring.urlOf(homes[2]!));
    const told: number[] = [];
    const { ring: peers, keep: kept } = standIn.core;
    peers.serve('keep', (from, asked, reply) => {
      told.push(...asked.items.map(({ capability }) => capability.length));
      kept!.desk.answer(from, asked, reply);
    });
    const client = await homes[0]!.connect(null);
    client.post({ case: 'send', value: person.envelope(ring.clock.now(), 1) });
    await ring.clock.advance(3000);
    expect(told).toEqual([0]);
  });

  test('RING-31: a request token is used up at a home that was away, too; another one finds the strangers lane', async () => {
    const ring = await KeptRing.of(4);
    const person = ring.founder.person();
    const token = new Uint8Array(16).fill(7);
    const hash = requestTokenHash(primitives, token);
    const { homes, standIn } = nodesOf(ring, person);
    for (const node of homes) {
      const client = await node.connect(person);
      await node.ask(client, { case: 'publishKeys', value: person.upload(2, 1) });
      await node.ask(client, { case: 'setAccess', value: person.signedAccess(ring.clock.now(), [hash]) });
    }
    ring.network.cut(ring.urlOf(homes[2]!));
    const client = await homes[0]!.connect(null);
    const first = person.envelope(ring.clock.now(), 1, { capability: NO_BYTES, requestToken: token });
    client.post({ case: 'send', value: first });
    await ring.clock.advance(3000);
    expect(await ring.waitingAt(standIn, person)).toBe(1);
    expect(await homes[2]!.store.tokenIsValid(person.mailbox, hash)).toBe(true);
    // The same token once more, by a stand-in alone.
    const second = person.envelope(ring.clock.now(), 2);
    const shown = { tokenHash: hash };
    expect(await keep(ring, homes[0]!, standIn, KeepAs.STAND_IN, second, shown)).toBe(0);
    ring.network.mend(ring.urlOf(homes[2]!));
    const seen = storedAt(homes[2]!);
    await ring.clock.advance(5 * 60_000);
    expect(await homes[2]!.store.tokenIsValid(person.mailbox, hash)).toBe(false);
    expect(await ring.waitingAt(standIn, person)).toBe(0);
    const lanes = seen.filter(({ tokenHash }) => tokenHash === null).map(({ lane }) => lane);
    expect(new Set(lanes)).toEqual(new Set(['stranger']));
    for (const node of homes) expect(await ring.waitingAt(node, person)).toBe(2);
  });
});

describe('what nobody wants', () => {
  test('RING-32: what nobody has a mailbox for is given up by who leaves after an hour, not before', async () => {
    const ring = await KeptRing.of(4);
    const person = ring.founder.person();
    const { standIn } = nodesOf(ring, person);
    const expires = Math.floor(ring.clock.now() / 1000) + 86_400;
    await standIn.store.store([itemOf(person, person.envelope(ring.clock.now(), 1, { expires }))]);
    standIn.core.ring.leave();
    await ring.clock.advance(HOUR_MS / 2);
    expect(await ring.waitingAt(standIn, person)).toBe(1);
    await ring.clock.advance(HOUR_MS);
    expect(await ring.waitingAt(standIn, person)).toBe(0);
  }, 60_000);

  test('RING-32: a node that knows the account itself keeps what the homes do not want', async () => {
    const ring = await KeptRing.of(4);
    const person = ring.founder.person();
    const { standIn } = nodesOf(ring, person);
    await ring.settle(person, [standIn]);
    const expires = Math.floor(ring.clock.now() / 1000) + 86_400;
    await standIn.store.store([itemOf(person, person.envelope(ring.clock.now(), 1, { expires }))]);
    standIn.core.ring.leave();
    await ring.clock.advance(1.5 * HOUR_MS);
    expect(await ring.waitingAt(standIn, person)).toBe(1);
  }, 60_000);

  test('RING-32: mail for a device that left goes by the word of the account itself', async () => {
    const ring = await KeptRing.of(4);
    const person = await ring.person();
    const { homes, standIn } = nodesOf(ring, person);
    const nowMs = ring.clock.now() + 1;
    const { certificate } = createDevice(primitives, systemRandom, person.account, 2, nowMs);
    const list = signDeviceList(primitives, person.account, {
      certificates: [certificate],
      previous: person.list,
      nowMs,
    });
    const deviceList = { revision: list.revision, encoded: list.encoded, devices: [2] };
    for (const { store } of homes) {
      await store.saveAccount({ mailbox: person.mailbox, deviceList, devices: [], access: null }, null);
    }
    for (const { core } of ring.nodes) core.keep!.custody.lookWithin(1);
    await standIn.store.store([itemOf(person, person.envelope(ring.clock.now(), 1))]);
    standIn.core.keep!.custody.lookWithin(1);
    await ring.clock.advance(60_000);
    expect(await ring.waitingAt(standIn, person)).toBe(0);
    for (const node of homes) expect(await ring.waitingAt(node, person)).toBe(0);
  });
});

describe('receipts others rely on', () => {
  test('RING-28: a copy that the disk has changed is written anew before it counts', async () => {
    const ring = await KeptRing.of(3);
    const person = await ring.person();
    const [from, to] = ring.homeNodes(person);
    const frame = person.envelope(ring.clock.now(), 1);
    expect(await keep(ring, from!, to!, KeepAs.HOME, frame)).toBe(0);
    const item = itemOf(person, frame);
    const copy = async () => (await to!.store.read([item]))[0]!;
    (await copy()).body[100]! ^= 1;
    expect((await copy()).body).not.toEqual(frame.body);
    expect(await keep(ring, from!, to!, KeepAs.HOME, frame)).toBe(0);
    expect((await copy()).body).toEqual(frame.body);
    expect(to!.metrics.damaged).toBe(1);
  });
});

describe('live envelopes of others', () => {
  test('RING-26: reach the device only with its capability, in a size that there is, and in time', async () => {
    const ring = await KeptRing.of(3);
    const person = await ring.person();
    const [from, to] = ring.homeNodes(person);
    const device = await to!.connect(person);
    await to!.attach(device);
    const frame = person.envelope(ring.clock.now(), 1);
    const post = async (change: object) => {
      const { mailbox, device: number, expires, body, capability } = frame;
      const item = { mailbox, device: number, expires: BigInt(expires), body, capability, ...change };
      const value = create(KeepSchema, { as: KeepAs.LIVE, items: [item] });
      from!.core.ring.peer(to!.core.ring.self)!.post({ case: 'keep', value });
      await ring.clock.settle();
      return device.all('deliver').length;
    };
    expect(await post({ capability: NO_BYTES })).toBe(0);
    expect(await post({ capability: new Uint8Array(16) })).toBe(0);
    expect(await post({ body: new Uint8Array(BODY - 1) })).toBe(0);
    expect(await post({ expires: BigInt(Math.floor(ring.clock.now() / 1000)) })).toBe(0);
    expect(await post({})).toBe(1);
  });
});
