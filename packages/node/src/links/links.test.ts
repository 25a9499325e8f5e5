import { describe, expect, test } from 'vitest';
import { nodePrimitives } from '@sotto/primitives-node';
import { verifyDescriptor } from '@sotto/protocol/identity';
import { CLOSE } from '@sotto/protocol/link';
import { AttachSchema, create, FetchBundlesSchema, FindSchema, RefusalCode } from '@sotto/protocol/wire';
import { SlowStore } from '../testing/slow-store.ts';
import { START_MS, TestNode } from '../testing/test-node.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';

const XX = 'sotto.1.Noise_XX_25519_ChaChaPoly_SHA256';
const psk = new Uint8Array(32).fill(7);

describe('opening', () => {
  test.each([null, psk])('NODE-1: both suites, certified and anonymous, psk %#', async (key) => {
    const node = new TestNode({ psk: key });
    for (const cipher of ['ChaChaPoly', 'AESGCM'] as const) {
      expect((await node.connect(null, { cipher })).open).toBe(true);
      expect((await node.connect(node.person(), { cipher })).open).toBe(true);
    }
    expect(node.metrics.linksOpen).toBe(4);
    expect(node.metrics.halfOpen).toBe(0);
  });

  test('NODE-1: a room speaks psk2 suites alone, an open node the others alone', async () => {
    expect((await new TestNode({ psk }).connect(null, { psk: null })).closedWith).toBe(CLOSE.unsupported.code);
    expect((await new TestNode().connect(null, { psk })).closedWith).toBe(CLOSE.unsupported.code);
  });

  test('NODE-1: another pre-shared key does not get in', async () => {
    const node = new TestNode({ psk });
    const client = await node.connect(node.person(), { psk: new Uint8Array(32).fill(8) }).catch(() => null);
    expect(client?.open ?? false).toBe(false);
    expect(node.metrics.linksOpen).toBe(0);
  });

  test.each(['', 'sotto.2.Noise_XX_25519_ChaChaPoly_SHA256', 'sotto.1.Noise_IK_25519_ChaChaPoly_SHA256', 'chat'])(
    'NODE-1: subprotocol %j is closed 4426',
    async (subprotocol) => {
      const node = new TestNode();
      const socket = node.raw(subprotocol);
      await node.clock.settle();
      expect(socket.closedWith?.code).toBe(CLOSE.unsupported.code);
    },
  );

  test('NODE-1: the descriptor is given to anybody, and renewed within its lease', async () => {
    const node = new TestNode({ psk });
    const received: Uint8Array[] = [];
    const fetch = async (): Promise<void> => {
      const socket = node.raw('sotto.1.descriptor');
      socket.onMessage = (message) => received.push(message);
      await node.clock.settle();
      expect(socket.closedWith?.code).toBe(1000);
    };
    await fetch();
    await node.clock.advance(9 * 3_600_000);
    await fetch();
    const [first, second] = received.map((encoded) =>
      verifyDescriptor(nodePrimitives, encoded, { nodeId: node.identity.nodeId, nowMs: null }),
    );
    expect(first?.capabilities).toEqual(['store', 'psk']);
    expect(second!.sequence).toBeGreaterThan(first!.sequence);
    expect(second!.from).toBeGreaterThan(first!.from + 7 * 3_600_000);
    expect(second!.from).toBeLessThan(START_MS + 9 * 3_600_000);
  });

  test('NODE-2: 10 s for the handshake', async () => {
    const node = new TestNode();
    const socket = node.raw(XX);
    await node.clock.advance(9_999);
    expect(socket.closedWith).toBeNull();
    await node.clock.advance(1);
    expect(socket.closedWith?.code).toBe(CLOSE.timeOut.code);
    expect(node.metrics.halfOpen).toBe(0);
  });

  test('NODE-2: a handshake message above 4,096 bytes is closed 4413, garbage 4401', async () => {
    const node = new TestNode();
    const large = node.raw(XX);
    large.send(new Uint8Array(4097));
    const garbage = node.raw(XX);
    garbage.send(new Uint8Array(10));
    await node.clock.settle();
    expect(large.closedWith?.code).toBe(CLOSE.tooLarge.code);
    expect(garbage.closedWith?.code).toBe(CLOSE.handshake.code);
  });

  test('NODE-2: unfinished handshakes are limited for each address and in all', async () => {
    const node = new TestNode({ limits: { halfOpenPerAddress: 2, halfOpen: 3 } });
    const sockets = ['a', 'a', 'a', 'b'].map((remote) => node.raw(XX, remote));
    await node.clock.settle();
    const closes = (): (number | null)[] => sockets.map((socket) => socket.closedWith?.code ?? null);
    expect(closes()).toEqual([null, null, 4429, null]);
    sockets[0]!.close(1000, '');
    await node.clock.settle();
    expect((await node.connect(null, { remote: 'a' })).open).toBe(true);
    expect(closes()).toEqual([1000, null, 4429, null]);
  });

  test('OPS-62: when all places of handshakes are taken, the one that takes longest goes, and newcomers come in', async () => {
    const node = new TestNode({ limits: { halfOpen: 3 } });
    const works = await node.connect(null);
    const sockets = ['a', 'b', 'c', 'd', 'e'].map((remote) => node.raw(XX, remote));
    await node.clock.settle();
    const closes = (): (number | null)[] => sockets.map((socket) => socket.closedWith?.code ?? null);
    expect(closes()).toEqual([4429, 4429, null, null, null]);
    expect((await node.connect(node.person(), { remote: 'f' })).open).toBe(true);
    expect(closes()).toEqual([4429, 4429, 4429, null, null]);
    expect(node.metrics.halfOpen).toBe(2);
    expect(node.metrics.closes.get(4429)).toBe(3);
    expect(works.open).toBe(true);
  });

  test('OPS-63: handshakes are made a few in a turn, address by address; what came over links goes first', async () => {
    const node = new TestNode({ limits: { handshakeStepsPerTurn: 2 } });
    const asker = await node.connect(null);
    const flood = Array.from({ length: 40 }, () => node.dial(null, { remote: 'hostile' }));
    const others = ['somebody', 'somebody else'].map((remote) => node.dial(node.person(), { remote }));
    const order: string[] = [];
    for (const client of flood) client.onOpen = () => order.push('hostile');
    for (const client of others) client.onOpen = () => order.push('other');
    asker.onFrame = () => order.push('answer');
    asker.post({ case: 'ping', value: {} });
    await node.clock.settle();
    expect(order).toHaveLength(43);
    expect(order.slice(0, 10)).toContain('answer');
    expect(order.slice(0, 14).filter((who) => who === 'other')).toHaveLength(2);
  });

  test('OPS-63: messages that come behind one that waits for its turn keep their order', async () => {
    const node = new TestNode({ limits: { handshakeStepsPerTurn: 1 } });
    const clients = Array.from({ length: 12 }, () => node.dial(node.person()));
    for (const client of clients) client.onOpen = () => client.post({ case: 'ping', value: {} });
    await node.clock.settle();
    for (const client of clients) expect(client.all('pong')).toHaveLength(1);
  });

  test('NODE-2: a certificate that does not hold is closed 4403', async () => {
    const node = new TestNode();
    const person = node.person();
    const certificate = person.device.certificate.slice();
    certificate[certificate.length - 1]! ^= 1;
    Object.assign(person, { device: { ...person.device, certificate } });
    const client = await node.connect(person);
    expect(client.closedWith).toBe(CLOSE.notAllowed.code);
    expect(node.metrics.linksOpen).toBe(0);
  });
});

describe('frames', () => {
  test('NODE-3: each kind of link may ask for its own things', async () => {
    const node = new TestNode({ store: null });
    const { person, client } = await node.resident();
    const anonymous = await node.connect(null);
    const refused = { case: 'refusal', value: { code: RefusalCode.NOT_ALLOWED, retryMs: 0 } };
    const attach = { case: 'attach', value: create(AttachSchema, {}) } as const;
    const find = { case: 'find', value: create(FindSchema, {}) } as const;
    expect(await node.ask(anonymous, attach)).toEqual(refused);
    expect(await node.ask(anonymous, { case: 'acknowledge', value: { ids: new Uint8Array(32) } })).toEqual(refused);
    expect(await node.send(client, person.envelope(node.clock.now()))).toEqual(refused);
    expect(await node.ask(client, find)).toEqual(refused);
    expect((await node.ask(anonymous, find))?.case).toBe('found');
    for (const link of [client, anonymous]) {
      expect(await node.ask(link, { case: 'ping', value: {} })).toEqual({ case: 'pong', value: {} });
    }
  });

  test('NODE-3: an acknowledgement before Attach is refused', async () => {
    const node = new TestNode();
    const client = await node.connect(node.person());
    expect(await node.ask(client, { case: 'acknowledge', value: { ids: new Uint8Array(32) } })).toEqual({
      case: 'refusal',
      value: { code: RefusalCode.NOT_ALLOWED, retryMs: 0 },
    });
  });

  test('NODE-3: a frame that only nodes send closes the link, an unknown one is refused', async () => {
    const node = new TestNode();
    const [first, second] = [await node.connect(null), await node.connect(null)];
    first.post({ case: 'deliver', value: { expires: 1, body: new Uint8Array(2048), live: false } });
    // Packet{frames: [Frame{request: 5, field 99: empty}]}
    second.sendPacket(Uint8Array.of(0x0a, 5, 0x08, 5, 0x9a, 0x06, 0));
    await node.clock.settle();
    expect(first.closedWith).toBe(CLOSE.malformed.code);
    expect(second.answer(5)).toEqual({ case: 'refusal', value: { code: RefusalCode.UNSUPPORTED, retryMs: 0 } });
  });

  test('NODE-4: requests over the window are BUSY, and going on regardless closes the link', async () => {
    const node = new TestNode({ limits: { windowFrames: 4, abuseBurst: 3, abusePerSecond: 0 } });
    const { person } = await node.resident();
    const sender = await node.connect(null);
    const requests = Array.from({ length: 6 }, (_, number) =>
      sender.post({ case: 'send', value: person.envelope(node.clock.now(), number) }),
    );
    await node.clock.settle();
    const answers = requests.map((request) => sender.answer(request));
    expect(answers.map((answer) => answer?.case)).toEqual([...Array(4).fill('stored'), 'refusal', 'refusal']);
    const busy = answers[4];
    expect(busy?.case === 'refusal' && busy.value.code === RefusalCode.BUSY && busy.value.retryMs > 0).toBe(true);
    expect(sender.closedWith).toBeNull();
    for (let number = 10; number < 16; number++) {
      sender.post({ case: 'send', value: person.envelope(node.clock.now(), number) });
    }
    await node.clock.settle();
    expect(sender.closedWith).toBe(CLOSE.tooMany.code);
  });

  test('OPS-64: a link that is refused much is read seldom, and gets all the same what comes for it', async () => {
    const node = new TestNode({
      limits: { coldBurst: 40, coldPerSecond: 0, restAfterRefusals: 20, abusePerSecond: 5 },
    });
    const { person, client: flooder } = await node.resident();
    const framesBefore = node.metrics.framesIn;
    for (let number = 0; number < 1000; number++) flooder.post({ case: 'ping', value: {} });
    await node.clock.settle();
    const framesAtOnce = node.metrics.framesIn - framesBefore;
    expect(framesAtOnce).toBeLessThan(65);
    const sender = await node.connect(null);
    await node.send(sender, person.envelope(node.clock.now(), 1));
    expect(flooder.all('deliver')).toHaveLength(1);
    await node.clock.advance(10_000);
    const frames = node.metrics.framesIn - framesBefore - framesAtOnce;
    expect(frames).toBeGreaterThan(20);
    expect(frames).toBeLessThan(80);
  });

  test('NODE-4: the window counts bytes too, and opens again', async () => {
    const node = new TestNode({ limits: { windowBytes: 3 * 2048 } });
    const { person } = await node.resident();
    const sender = await node.connect(null);
    for (let round = 0; round < 3; round++) {
      const requests = Array.from({ length: 4 }, (_, number) =>
        sender.post({ case: 'send', value: person.envelope(node.clock.now(), round * 10 + number) }),
      );
      await node.clock.settle();
      const kinds = requests.map((request) => sender.answer(request)?.case);
      expect(kinds).toEqual(['stored', 'stored', 'stored', 'refusal']);
    }
  });

  test('NODE-4: who asked for keys has no more room in the window afterwards', async () => {
    const node = new TestNode({ limits: { windowFrames: 4 } });
    const { person } = await node.resident();
    const sender = await node.connect(null);
    const wanted = create(FetchBundlesSchema, { account: person.mailbox });
    for (let time = 0; time < 8; time++) {
      expect((await node.ask(sender, { case: 'fetchBundles', value: wanted }))?.case).toBe('bundles');
    }
    const requests = Array.from({ length: 6 }, (_, number) =>
      sender.post({ case: 'send', value: person.envelope(node.clock.now(), number) }),
    );
    await node.clock.settle();
    const kinds = requests.map((request) => sender.answer(request)?.case);
    expect(kinds).toEqual([...Array(4).fill('stored'), 'refusal', 'refusal']);
  });

  test('OPS-64: when much waits for the disk, a link that has much under way is told to come later, one with little is taken', async () => {
    const clock = new VirtualClock(START_MS);
    let delayMs = 0;
    const store = new SlowStore(clock, () => delayMs);
    const node = new TestNode({ clock, store, limits: { pendingSends: 32, commitItems: 8 } });
    const { person } = await node.resident();
    const [greedy, modest] = [await node.connect(null), await node.connect(null)];
    // The account is known from now on.
    await node.send(modest, person.envelope(node.clock.now(), 99));
    delayMs = 100;
    const send = (link: typeof greedy, number: number): number =>
      link.post({ case: 'send', value: person.envelope(node.clock.now(), number) });
    const many = Array.from({ length: 30 }, (_, number) => send(greedy, number));
    await node.clock.settle();
    const few = Array.from({ length: 3 }, (_, number) => send(modest, 100 + number));
    await node.clock.settle();
    const refusedOf = (link: typeof greedy, requests: readonly number[]): number =>
      requests.filter((request) => link.answer(request)?.case === 'refusal').length;
    expect(refusedOf(greedy, many)).toBe(14);
    expect(refusedOf(modest, few)).toBe(0);
    // Two commits: the first was full of the greedy one's, the next has all of the modest one's.
    await node.clock.advance(200);
    expect(many.filter((request) => greedy.answer(request)?.case === 'stored')).toHaveLength(13);
    expect(few.map((request) => modest.answer(request)?.case)).toEqual(['stored', 'stored', 'stored']);
  });

  test('NODE-4: rare frames have a rate', async () => {
    const node = new TestNode({ limits: { coldBurst: 3, coldPerSecond: 1 } });
    const client = await node.connect(null);
    const ping = () => node.ask(client, { case: 'ping', value: {} });
    const kinds: (string | undefined)[] = [];
    for (let number = 0; number < 4; number++) kinds.push((await ping())?.case);
    await node.clock.advance(1000);
    kinds.push((await ping())?.case);
    expect(kinds).toEqual(['pong', 'pong', 'pong', 'refusal', 'pong']);
  });
});

describe('endings', () => {
  test('NODE-6: a slow reader is paused, goes on when it reads, and is closed after 30 s without', async () => {
    const node = new TestNode();
    const { person, client } = await node.resident();
    const socket = (client as unknown as { serverSocket: typeof client.socket }).serverSocket;
    const sender = await node.connect(null);
    socket.bufferedBytes = (1 << 20) + 1;
    await node.send(sender, person.envelope(node.clock.now(), 1));
    expect(socket.paused).toBe(true);
    await node.send(sender, person.envelope(node.clock.now(), 2));
    expect(client.all('deliver')).toHaveLength(1);
    await node.clock.advance(20_000);
    socket.bufferedBytes = 1000;
    await node.clock.advance(100);
    expect(socket.paused).toBe(false);
    expect(client.all('deliver')).toHaveLength(2);

    socket.bufferedBytes = (1 << 20) + 1;
    await node.send(sender, person.envelope(node.clock.now(), 3));
    await node.clock.advance(29_000);
    expect(client.closedWith).toBeNull();
    await node.clock.advance(2000);
    expect(client.closedWith).toBe(CLOSE.timeOut.code);
    expect(node.metrics.attached).toBe(0);
  });

  test('NODE-7: silence ends a link, but not of an attached device that owes nothing', async () => {
    const node = new TestNode();
    const anonymous = await node.connect(null);
    const { client } = await node.resident();
    await node.clock.advance(11 * 60_000);
    expect(anonymous.closedWith).toBe(CLOSE.timeOut.code);
    expect(client.closedWith).toBeNull();
  });

  test('NODE-7: an attached device that does not acknowledge is closed', async () => {
    const node = new TestNode();
    const { person, client } = await node.resident();
    await node.send(await node.connect(null), person.envelope(node.clock.now()));
    await node.clock.advance(40_000);
    expect(client.closedWith).toBeNull();
    await node.clock.advance(40_000);
    expect(client.closedWith).toBe(CLOSE.timeOut.code);
  });

  test('NODE-8: nothing new is begun while a commit is waited for', async () => {
    const clock = new VirtualClock(START_MS);
    const node = new TestNode({ clock, store: new SlowStore(clock, () => 500) });
    const [person, sender] = [node.person(), await node.connect(null)];
    const client = await node.connect(person);
    client.post({ case: 'publishKeys', value: person.upload(0, 0) });
    client.post({ case: 'setAccess', value: person.access() });
    await clock.advance(2000);
    const first = sender.post({ case: 'send', value: person.envelope(START_MS, 1) });
    await clock.settle();
    void node.core.drain();
    const second = sender.post({ case: 'send', value: person.envelope(START_MS, 2) });
    await clock.advance(100);
    const answer = sender.answer(second);
    expect(answer?.case === 'refusal' && answer.value.code === RefusalCode.BUSY && answer.value.retryMs > 0).toBe(true);
    expect(sender.answer(first)).toBeUndefined();
    await clock.advance(1000);
    expect(sender.answer(first)?.case).toBe('stored');
    expect(sender.closedWith).toBe(CLOSE.goingAway.code);
  });

  test('NODE-8: draining answers what is under way, says when to come back, and closes', async () => {
    const node = new TestNode();
    const { person, client } = await node.resident();
    const sender = await node.connect(null);
    const half = node.raw(XX);
    const request = sender.post({ case: 'send', value: person.envelope(node.clock.now()) });
    let drained = false;
    // The Send is on its way while the node begins to drain.
    node.clock.defer(() => void node.core.drain().then(() => (drained = true)));
    await node.clock.settle();
    expect(drained).toBe(true);
    expect(sender.answer(request)?.case).toBe('stored');
    for (const link of [client, sender]) {
      expect(link.all('closing')[0]!.retryMs).toBeGreaterThanOrEqual(1000);
      expect(link.closedWith).toBe(CLOSE.goingAway.code);
    }
    expect(half.closedWith?.code).toBe(CLOSE.goingAway.code);
    const late = node.raw(XX);
    await node.clock.settle();
    expect(late.closedWith?.code).toBe(CLOSE.goingAway.code);
  });
});
