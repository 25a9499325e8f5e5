import { describe, expect, test } from 'vitest';
import { nodePrimitives } from '@sotto/primitives-node';
import { requestTokenHash, verifyReceipt } from '@sotto/protocol/mailbox';
import { create, type FrameBody, RefusalCode, type SendFrame, SetAccessSchema } from '@sotto/protocol/wire';
import { MemoryStore } from '../store/memory/memory-store.ts';
import { RelayStoreError, type StoreItem, type StoreOutcome } from '../store/relay-store.ts';
import { DEFAULT_STORE_LIMITS } from '../store/store-limits.ts';
import type { TestPerson } from '../testing/test-person.ts';
import { TestNode } from '../testing/test-node.ts';

const NONE = new Uint8Array(0);
const refusal = (body: FrameBody | undefined): RefusalCode | undefined =>
  body?.case === 'refusal' ? body.value.code : undefined;

function hasReceipt(
  node: TestNode,
  person: TestPerson,
  envelope: SendFrame,
  body: FrameBody | undefined,
  at = 0,
): boolean {
  if (body?.case !== 'stored') return false;
  const item = body.value.items[at]!;
  return verifyReceipt(nodePrimitives, {
    ...node.identity,
    ...body.value,
    id: person.idOf(envelope),
    leaf: item.leaf,
    path: item.path,
  });
}

describe('shape', () => {
  const hour = 3600;
  test.each<[string, Partial<SendFrame>]>([
    ['size', { body: new Uint8Array(2047) }],
    ['size for tests only', { body: new Uint8Array(512) }],
    ['device 0', { device: 0 }],
    ['device 128', { device: 128 }],
    ['expired', { expires: 1_790_000_000 }],
    ['expires too late', { expires: 1_790_000_000 + 30 * 24 * hour + 1 }],
  ])('NODE-10: %s is BAD_ENVELOPE', async (_, fields) => {
    const node = new TestNode();
    const { person } = await node.resident();
    const sender = await node.connect(null);
    const answer = await node.send(sender, person.envelope(node.clock.now(), 0, fields));
    // The codec refuses some of these on the client's side already: then nothing was sent.
    expect(refusal(answer)).toBe(RefusalCode.BAD_ENVELOPE);
  });

  test('NODE-36: one link looks up so many accounts that nobody has, and no more; those that are cost nothing', async () => {
    const node = new TestNode();
    const sender = await node.connect(null);
    const toNobody = async () => refusal(await node.send(sender, node.person().envelope(node.clock.now())));
    for (let count = 0; count < 100; count++) {
      const { person, client } = await node.resident(false);
      expect(await node.send(sender, person.envelope(node.clock.now()))).toMatchObject({ case: 'stored' });
      client.socket.close(1000, '');
    }
    for (let count = 0; count < 64; count++) expect(await toNobody()).toBe(RefusalCode.NO_MAILBOX);
    expect(await toNobody()).toBe(RefusalCode.BUSY);
    await node.clock.advance(1000);
    for (let count = 0; count < 10; count++) expect(await toNobody()).toBe(RefusalCode.NO_MAILBOX);
    expect(await toNobody()).toBe(RefusalCode.BUSY);
  });

  test('NODE-10: nobody of that key, and a device that is not listed', async () => {
    const node = new TestNode();
    const { person } = await node.resident();
    const sender = await node.connect(null);
    const stranger = node.person();
    expect(refusal(await node.send(sender, stranger.envelope(node.clock.now())))).toBe(RefusalCode.NO_MAILBOX);
    const other = person.envelope(node.clock.now(), 0, { device: 2 });
    expect(refusal(await node.send(sender, other))).toBe(RefusalCode.NO_DEVICE);
    // A mailbox that comes into being is known at once.
    const link = await node.connect(stranger);
    await node.ask(link, { case: 'publishKeys', value: stranger.upload(1, 1) });
    await node.ask(link, { case: 'setAccess', value: stranger.access() });
    expect((await node.send(sender, stranger.envelope(node.clock.now())))?.case).toBe('stored');
  });

  test('NODE-10: a node can be told of other sizes', async () => {
    const node = new TestNode({ limits: { bodySizes: [512] } });
    const { person } = await node.resident();
    const sender = await node.connect(null);
    const small = person.envelope(node.clock.now(), 0, { body: new Uint8Array(512) });
    expect((await node.send(sender, small))?.case).toBe('stored');
    expect(refusal(await node.send(sender, person.envelope(node.clock.now())))).toBe(RefusalCode.BAD_ENVELOPE);
  });
});

describe('permission', () => {
  test('NODE-11: a wrong capability is refused, none takes the strangers lane', async () => {
    const node = new TestNode({ store: new MemoryStore({ ...DEFAULT_STORE_LIMITS, strangerEnvelopes: 2 }) });
    const { person } = await node.resident(false);
    const sender = await node.connect(null);
    const wrong = person.envelope(node.clock.now(), 0, { capability: new Uint8Array(16) });
    expect(refusal(await node.send(sender, wrong))).toBe(RefusalCode.NOT_ALLOWED);
    const answers: (string | undefined)[] = [];
    for (let number = 0; number < 3; number++) {
      const plain = person.envelope(node.clock.now(), number, { capability: NONE });
      answers.push((await node.send(sender, plain))?.case);
    }
    expect(answers).toEqual(['stored', 'stored', 'refusal']);
    // NODE-14: the full lane of strangers does not close the contacts' one.
    expect((await node.send(sender, person.envelope(node.clock.now(), 9)))?.case).toBe('stored');
  });

  test('NODE-11: the previous capability is honoured for as long as the account said', async () => {
    const node = new TestNode();
    const { person, client } = await node.resident();
    const sender = await node.connect(null);
    const before = person.access().capabilityHash;
    const old = person.capability;
    Object.assign(person, { capability: new Uint8Array(16).fill(3) });
    const change = person.access();
    change.previousHash = before;
    change.previousUntil = BigInt(node.clock.now() + 1000);
    await node.ask(client, { case: 'setAccess', value: change });
    const send = (number: number, capability: Uint8Array) =>
      node.send(sender, person.envelope(node.clock.now(), number, { capability }));
    expect((await send(1, old))?.case).toBe('stored');
    expect((await send(2, person.capability))?.case).toBe('stored');
    await node.clock.advance(1001);
    expect(refusal(await send(3, old))).toBe(RefusalCode.NOT_ALLOWED);
    expect((await send(4, person.capability))?.case).toBe('stored');
  });

  test('NODE-11: a request token serves once; the same envelope again is still stored', async () => {
    const node = new TestNode();
    const { person, client } = await node.resident();
    const sender = await node.connect(null);
    const token = new Uint8Array(16).fill(9);
    const tokens = create(SetAccessSchema, { requestTokenHashes: [requestTokenHash(nodePrimitives, token)] });
    expect((await node.ask(client, { case: 'setAccess', value: tokens }))?.case).toBe('done');
    const fields = { capability: NONE, requestToken: token };
    const first = person.envelope(node.clock.now(), 1, fields);
    expect((await node.send(sender, first))?.case).toBe('stored');
    expect((await node.send(sender, first))?.case).toBe('stored');
    expect(refusal(await node.send(sender, person.envelope(node.clock.now(), 2, fields)))).toBe(RefusalCode.TOKEN_USED);
    // Adding tokens left the capability as it was.
    expect((await node.send(sender, person.envelope(node.clock.now(), 3)))?.case).toBe('stored');
  });
});

/** Commits only when told to. */
class HeldStore extends MemoryStore {
  readonly batches: (readonly StoreItem[])[] = [];
  #release: (() => void)[] = [];
  failure: RelayStoreError | null = null;

  override store(items: readonly StoreItem[]): Promise<StoreOutcome[]> {
    this.batches.push(items);
    return new Promise((resolve, reject) => {
      this.#release.push(() => {
        if (this.failure === null) resolve(super.store(items));
        else reject(this.failure);
      });
    });
  }

  release(): void {
    for (const commit of this.#release.splice(0)) commit();
  }
}

describe('commits', () => {
  test('NODE-12: no receipt and no push before the commit; one signature and one frame a link after it', async () => {
    const store = new HeldStore(DEFAULT_STORE_LIMITS);
    const node = new TestNode({ store });
    const { person, client } = await node.resident();
    const [alice, bob] = [await node.connect(null), await node.connect(null)];
    const envelopes = [1, 2, 3].map((number) => person.envelope(node.clock.now(), number));
    const requests = [
      alice.post({ case: 'send', value: envelopes[0]! }),
      alice.post({ case: 'send', value: envelopes[1]! }),
    ];
    bob.post({ case: 'send', value: envelopes[2]! });
    await node.clock.advance(5000);
    expect(store.batches.map((batch) => batch.length)).toEqual([3]);
    expect([...alice.received, ...bob.received, ...client.all('deliver')]).toEqual([]);
    store.release();
    await node.clock.settle();
    const [stored] = alice.all('stored');
    expect(stored?.items.map(({ request }) => request)).toEqual(requests);
    expect(alice.all('stored')).toHaveLength(1);
    expect(bob.all('stored')[0]?.signature).toEqual(stored?.signature);
    expect(hasReceipt(node, person, envelopes[1]!, { case: 'stored', value: stored! }, 1)).toBe(true);
    expect(hasReceipt(node, person, envelopes[2]!, { case: 'stored', value: stored! }, 1)).toBe(false);
    expect(client.all('deliver').map(({ body }) => body)).toEqual(envelopes.map(({ body }) => body));
  });

  test('NODE-12: while a commit is under way the next one gathers', async () => {
    const store = new HeldStore(DEFAULT_STORE_LIMITS);
    const node = new TestNode({ store });
    const { person } = await node.resident(false);
    const sender = await node.connect(null);
    for (let number = 0; number < 4; number++) {
      sender.post({ case: 'send', value: person.envelope(node.clock.now(), number) });
      await node.clock.settle();
    }
    expect(store.batches.map((batch) => batch.length)).toEqual([1]);
    store.release();
    await node.clock.settle();
    expect(store.batches.map((batch) => batch.length)).toEqual([1, 3]);
  });

  test('NODE-12: request 0 is stored without an answer', async () => {
    const node = new TestNode();
    const { person, client } = await node.resident();
    const sender = await node.connect(null);
    sender.post({ case: 'send', value: person.envelope(node.clock.now()) }, false);
    await node.clock.settle();
    expect(sender.received).toEqual([]);
    expect(client.all('deliver')).toHaveLength(1);
  });

  test('NODE-13: a duplicate and an acknowledged envelope count as stored, and are not pushed again', async () => {
    const node = new TestNode();
    const { person, client } = await node.resident();
    const sender = await node.connect(null);
    const envelope = person.envelope(node.clock.now());
    for (let round = 0; round < 2; round++) {
      const answer = await node.send(sender, envelope);
      expect(hasReceipt(node, person, envelope, answer)).toBe(true);
    }
    node.acknowledge(client, person);
    await node.clock.settle();
    expect(hasReceipt(node, person, envelope, await node.send(sender, envelope))).toBe(true);
    expect(client.all('deliver')).toHaveLength(1);
    expect(node.metrics).toMatchObject({ stored: 1, duplicates: 2 });
  });

  test('NODE-14: a full device fails its own envelopes only', async () => {
    const node = new TestNode({ store: new MemoryStore({ ...DEFAULT_STORE_LIMITS, contactEnvelopes: 1 }) });
    const [full, other] = [await node.resident(false), await node.resident(false)];
    const sender = await node.connect(null);
    const envelopes = [
      full.person.envelope(node.clock.now(), 1),
      full.person.envelope(node.clock.now(), 2),
      other.person.envelope(node.clock.now(), 3),
    ];
    const requests = envelopes.map((value) => sender.post({ case: 'send', value }));
    await node.clock.settle();
    const [first, second, third] = requests.map((request) => sender.answer(request));
    expect(first?.case).toBe('stored');
    expect(refusal(second)).toBe(RefusalCode.QUOTA);
    expect(third?.case).toBe('stored');
  });

  test.each([
    ['disk-full', RefusalCode.DISK_FULL],
    ['failed', RefusalCode.BUSY],
  ] as const)(
    'NODE-14: a commit that ends %s is refused as a whole, and the window opens again',
    async (code, refused) => {
      const store = new HeldStore(DEFAULT_STORE_LIMITS);
      const node = new TestNode({ store, limits: { windowFrames: 2 } });
      const { person, client } = await node.resident();
      const sender = await node.connect(null);
      store.failure = new RelayStoreError(code, 'no');
      const requests = [1, 2].map((number) =>
        sender.post({ case: 'send', value: person.envelope(node.clock.now(), number) }),
      );
      await node.clock.settle();
      store.release();
      await node.clock.settle();
      for (const request of requests) expect(refusal(sender.answer(request))).toBe(refused);
      expect(client.all('deliver')).toEqual([]);
      store.failure = null;
      const again = sender.post({ case: 'send', value: person.envelope(node.clock.now(), 1) });
      await node.clock.settle();
      store.release();
      await node.clock.settle();
      expect(sender.answer(again)?.case).toBe('stored');
    },
  );
});

describe('live envelopes', () => {
  test('NODE-15: reach the attached device without being written', async () => {
    const store = new HeldStore(DEFAULT_STORE_LIMITS);
    const node = new TestNode({ store });
    const { person, client } = await node.resident();
    const sender = await node.connect(null);
    const live = person.envelope(node.clock.now(), 1, { live: true });
    sender.post({ case: 'send', value: live }, false);
    await node.clock.settle();
    expect(client.all('deliver')).toEqual([{ expires: live.expires, body: live.body, live: true }]);
    expect(sender.received).toEqual([]);
    expect((await node.send(sender, live))?.case).toBe('done');
    expect(store.batches).toEqual([]);
  });

  test('NODE-15: only of contacts, only to who is there, at a limited rate', async () => {
    const node = new TestNode({ limits: { liveBurst: 3, livePerSecond: 1 } });
    const [here, away] = [await node.resident(), await node.resident(false)];
    const sender = await node.connect(null);
    const send = (person: TestPerson, fields: Partial<SendFrame> = {}) =>
      node.send(sender, person.envelope(node.clock.now(), 1, { live: true, ...fields }));
    expect(refusal(await send(here.person, { capability: NONE }))).toBe(RefusalCode.NOT_ALLOWED);
    expect(refusal(await send(away.person))).toBe(RefusalCode.NOT_ATTACHED);
    expect((await send(here.person))?.case).toBe('done');
    expect(refusal(await send(here.person))).toBe(RefusalCode.BUSY);
    await node.clock.advance(1000);
    expect((await send(here.person))?.case).toBe('done');
    expect(Object.fromEntries(node.metrics.liveDropped)).toEqual({ 'not-allowed': 1, 'not-attached': 1, rate: 1 });
  });

  test.each([
    ['that keeps nothing', null],
    ['that keeps messages', new HeldStore(DEFAULT_STORE_LIMITS)],
  ])('NODE-15: of any guest in a private room %s, unless the capability shown is wrong', async (_, store) => {
    const node = new TestNode({ psk: new Uint8Array(32).fill(9), store });
    const { person, client } = await node.resident();
    const sender = await node.connect(null);
    const live = (capability: Uint8Array) =>
      node.send(sender, person.envelope(node.clock.now(), 1, { live: true, capability }));
    expect((await live(NONE))?.case).toBe('done');
    expect(refusal(await live(new Uint8Array(16)))).toBe(RefusalCode.NOT_ALLOWED);
    expect(client.all('deliver')).toHaveLength(1);
    expect(store?.batches ?? []).toEqual([]);
  });
});
