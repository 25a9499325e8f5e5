import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CLOSE } from '@sotto/protocol/link';
import { encodeFrame, MAX_MESSAGE } from '@sotto/protocol/wire';
import { TestNode } from './testing/test-node.ts';
import type { VirtualSocket } from './testing/virtual-socket.ts';

const SUITES = ['XX', 'NK'].flatMap((pattern) =>
  ['ChaChaPoly', 'AESGCM'].map((cipher) => `sotto.1.Noise_${pattern}_25519_${cipher}_SHA256`),
);
const OWN_CODES = new Set(Object.values(CLOSE).map(({ code }) => code));

/** Two people who go on talking through whatever happens. */
async function witness(node: TestNode) {
  const { person, client } = await node.resident();
  const sender = await node.connect(null, { remote: 'friend' });
  let number = 0;
  return async (): Promise<void> => {
    number += 1;
    const answer = await node.send(sender, person.envelope(node.clock.now(), number));
    expect(answer?.case).toBe('stored');
    expect(client.all('deliver')).toHaveLength(number);
    node.acknowledge(client, person);
    await node.clock.settle();
    expect(node.metrics.internalErrors).toBe(0);
    expect(node.logged).toEqual([]);
  };
}

test('NODE-5: random bytes instead of a handshake end that link alone', async () => {
  const node = new TestNode();
  const works = await witness(node);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...SUITES),
      fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 4 }),
      async (subprotocol, messages) => {
        const socket = node.raw(subprotocol, 'hostile');
        for (const message of messages) socket.send(message);
        await node.clock.settle();
        expect(OWN_CODES).toContain(socket.closedWith?.code);
        expect(node.metrics.halfOpen).toBe(0);
      },
    ),
    { numRuns: 60 },
  );
  await works();
});

test('NODE-5: garbage on an open channel ends that link alone', async () => {
  const node = new TestNode();
  const works = await witness(node);
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.uint8Array({ maxLength: 200 }), async (certified, garbage) => {
      const client = await node.connect(certified ? node.person() : null, { remote: 'hostile' });
      client.socket.send(garbage);
      await node.clock.settle();
      expect(client.closedWith).toBe(CLOSE.malformed.code);
    }),
    { numRuns: 30 },
  );
  await works();
});

test('NODE-5: sealed garbage is answered or ends that link, and never more', async () => {
  const node = new TestNode({ limits: { coldBurst: 1000 } });
  const works = await witness(node);
  const { person } = await node.resident();
  const real = encodeFrame({ request: 1, body: { case: 'send', value: person.envelope(node.clock.now()) } });
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.oneof(
        fc.uint8Array({ maxLength: 120 }),
        // A real frame with some bytes changed, or cut.
        fc
          .tuple(fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 4 }), fc.nat(real.length))
          .map(([changes, length]) => {
            const changed = real.slice(0, length);
            for (const [at, value] of changes) if (at < changed.length) changed[at] = value;
            return changed;
          }),
      ),
      async (certified, packet) => {
        const client = await node.connect(certified ? node.person() : null, { remote: 'hostile' });
        client.sendPacket(packet);
        await node.clock.settle();
        expect([null, ...OWN_CODES]).toContain(client.closedWith);
        client.socket.close(1000, '');
        await node.clock.settle();
      },
    ),
    { numRuns: 120 },
  );
  await works();
});

test('NODE-5: messages changed, repeated or left out end the link', async () => {
  const node = new TestNode();
  const works = await witness(node);
  const ping = encodeFrame({ request: 1, body: { case: 'ping', value: {} } });
  const tricks: ((socket: VirtualSocket, sealed: Uint8Array) => void)[] = [
    (socket, sealed) => {
      sealed[3]! ^= 1;
      socket.send(sealed);
    },
    (socket, sealed) => {
      socket.send(sealed);
      socket.send(sealed);
    },
    (socket, sealed) => socket.send(sealed.subarray(1)),
    (socket) => socket.send(new Uint8Array(MAX_MESSAGE)),
    (socket) => socket.send(new Uint8Array(0)),
  ];
  for (const trick of tricks) {
    const client = await node.connect(null, { remote: 'hostile' });
    client.sendPacket(ping);
    await node.clock.settle();
    const [sealed] = client.socket.sent.slice(-1);
    trick(client.socket, sealed!.slice());
    await node.clock.settle();
    expect(client.closedWith).toBe(CLOSE.malformed.code);
  }
  await works();
});

test('NODE-2, NODE-4: floods of sockets and of requests leave others alone', async () => {
  const node = new TestNode({ limits: { halfOpenPerAddress: 20 } });
  const works = await witness(node);
  const half = Array.from({ length: 500 }, () => node.raw(SUITES[0]!, 'hostile'));
  const { person } = await node.resident();
  const flooder = await node.connect(null, { remote: 'other' });
  const same = person.envelope(node.clock.now());
  for (let number = 0; number < 3000; number++) flooder.post({ case: 'send', value: same });
  await node.clock.settle();
  expect(half.filter((socket) => socket.closedWith === null)).toHaveLength(20);
  // The flooder is hardly read any more: 64 that are taken, 64 refusals, and some a second.
  const framesAtOnce = node.metrics.framesIn;
  expect(framesAtOnce).toBeLessThan(200);
  await works();
  await node.clock.advance(10_000);
  expect(node.metrics.framesIn - framesAtOnce).toBeLessThan(1300);
  expect(half.filter((socket) => socket.closedWith === null)).toHaveLength(0);
  expect(node.metrics.halfOpen).toBe(0);
});

test('NODE-5: a fault of the node itself ends the link 4500 and is logged without data', async () => {
  const node = new TestNode();
  const works = await witness(node);
  const { person } = await node.resident();
  const client = await node.connect(null, { remote: 'other' });
  const trap = new Error('with secret content');
  Object.defineProperty(node.metrics, 'sends', {
    get: () => {
      throw trap;
    },
    configurable: true,
  });
  client.post({ case: 'send', value: person.envelope(node.clock.now()) });
  await node.clock.settle();
  Object.defineProperty(node.metrics, 'sends', { value: 0, writable: true, configurable: true });
  expect(client.closedWith).toBe(4500);
  expect(node.metrics.internalErrors).toBe(1);
  expect(node.logged).toHaveLength(1);
  expect(JSON.stringify(node.logged)).not.toContain('secret');
  node.logged.length = 0;
  node.metrics.internalErrors = 0;
  await works();
});
