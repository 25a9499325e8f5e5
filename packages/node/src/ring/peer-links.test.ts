import { describe, expect, test, vi } from 'vitest';
import { nodePrimitives } from '@sotto/primitives-node';
import { signDescriptor } from '@sotto/protocol/identity';
import {
  CopiesSchema,
  create,
  FetchAccountSchema,
  FetchViewSchema,
  GossipSchema,
  KeptSchema,
  PartitionsSchema,
  PeerSchema,
  RefusalCode,
} from '@sotto/protocol/wire';
import { CLOSE } from '@sotto/protocol/link';
import type { Link } from '../links/link.ts';
import { peerFrame } from './peer-body.ts';
import type { PeerEnd } from './peer-end.ts';
import type { PeerReply } from './peer-handlers.ts';
import type { PeerLink } from './peer-link.ts';
import { TestRing, TWO_EPOCHS_MS, urlOf } from '../testing/test-ring.ts';

// Nothing answers to this kind by itself.
const question = { case: 'copies', value: create(CopiesSchema) } as const;
const digests = { case: 'partitions', value: create(PartitionsSchema, {}) } as const;

describe('a ring of one', () => {
  test('RING-40: a node alone is its own network from its first moment', async () => {
    const ring = new TestRing(1);
    const { core } = ring.founder;
    const view = core.ring.view();
    expect(view.members.map(({ key }) => key)).toEqual([core.ring.self]);
    expect(view.homes(0)).toEqual({ homes: [core.ring.self], standIns: [], r: 1, w: 1 });
    for (let hour = 0; hour < 40; hour++) {
      ring.clock.jump(3_600_000);
      await ring.clock.settle();
      expect(core.ring.view().members).toHaveLength(1);
    }
    expect(core.ring.view().members).toHaveLength(1);
    expect(core.ring.view().hash).not.toEqual(view.hash);
  });

  test('RING-43: everybody may ask which nodes there are', async () => {
    const ring = new TestRing(1);
    const node = ring.founder;
    for (const client of [await node.connect(null), (await node.resident()).client]) {
      const ask = (fields: object) => node.ask(client, { case: 'fetchView', value: create(FetchViewSchema, fields) });
      const answer = await ask({});
      if (answer?.case !== 'view') throw new Error('no view');
      expect(answer.value.total).toBe(1);
      expect(answer.value.hash).toEqual(node.core.ring.view().hash);
      const known = await ask({ known: answer.value.hash });
      expect(known).toMatchObject({ case: 'view', value: { total: 0, descriptors: [] } });
    }
  });
});

describe('links between nodes', () => {
  test('RING-41: a question to another node opens a link and is answered', async () => {
    const ring = new TestRing(2);
    const [a, b] = ring.nodes;
    b!.core.ring.learn(a!.core.ring.own.at(ring.clock.now()));
    a!.core.ring.serve('copies', (_from, _value, reply) => reply.answer(digests));
    const answer = b!.core.ring.peer(ring.keyOf(0))!.request(question);
    await ring.clock.settle();
    expect((await answer).case).toBe('partitions');
    expect([a!.metrics.peerLinks, b!.metrics.peerLinks]).toEqual([1, 1]);
    // The other way over the same link.
    b!.core.ring.serve('copies', (_from, _value, reply) => reply.refuse(RefusalCode.BUSY, 70));
    const back = a!.core.ring
      .peer(ring.keyOf(1))!
      .request(question)
      .catch((error: unknown) => error);
    await ring.clock.settle();
    expect(await back).toMatchObject({ code: 'refused', refusal: RefusalCode.BUSY, retryMs: 70 });
    expect(ring.network.sockets).toHaveLength(1);
  });

  test('RING-41: what is served by nobody is refused', async () => {
    const ring = new TestRing(2);
    // An answer, never a question.
    const odd = { case: 'kept', value: create(KeptSchema, { boot: new Uint8Array(8) }) } as const;
    const answer = ring.nodes[1]!.core.ring.peer(ring.keyOf(0))!
      .request(odd)
      .catch((error: unknown) => error);
    await ring.clock.settle();
    expect(await answer).toMatchObject({ code: 'refused', refusal: RefusalCode.UNSUPPORTED });
  });

  test('RING-41: of two links at once one stays, on both sides the same, and nothing asked is lost', async () => {
    const ring = new TestRing(2);
    const [a, b] = ring.nodes.map(({ core }) => core.ring);
    a!.learn(b!.own.newest(ring.clock.now()));
    for (const one of [a!, b!]) one.serve('copies', (_from, _value, reply) => reply.answer(digests));
    const answers = [a!.peer(b!.self)!.request(question), b!.peer(a!.self)!.request(question)];
    await ring.clock.settle();
    expect((await Promise.all(answers)).map((answer) => answer.case)).toEqual(['partitions', 'partitions']);
    expect(ring.network.sockets).toHaveLength(2);
    expect(ring.nodes.map(({ metrics }) => metrics.peerLinks)).toEqual([1, 1]);
    const [low, high] = a!.self < b!.self ? [a!, b!] : [b!, a!];
    expect(low.peer(high.self)!.end?.dialed).toBe(true);
    expect(high.peer(low.self)!.end?.dialed).toBe(false);
  });

  test('RING-42: who is not reached is down at once, and asked again later', async () => {
    const ring = new TestRing(2);
    const b = ring.nodes[1]!.core.ring;
    ring.founder.core.ring.serve('copies', (_from, _value, reply) => reply.answer(digests));
    ring.network.unreachable.add(urlOf(0));
    const ask = async () => {
      const answer = b
        .peer(ring.keyOf(0))!
        .request(question)
        .catch((error: unknown) => error);
      await ring.clock.settle();
      return answer;
    };
    expect(await ask()).toMatchObject({ code: 'down' });
    ring.network.unreachable.clear();
    expect(await ask()).toMatchObject({ code: 'down' });
    await ring.clock.advance(300);
    expect(await ask()).toMatchObject({ case: 'partitions' });
  });

  test('RING-42: who was down a moment ago is waited for only by whoever calls it again', async () => {
    const ring = new TestRing(2);
    const peer = ring.nodes[1]!.core.ring.peer(ring.keyOf(0))!;
    ring.founder.core.ring.serve('copies', (_from, _value, reply) => reply.answer(digests));
    const ask = () => peer.request(question).catch((error: unknown) => error);
    ring.network.unreachable.add(urlOf(0));
    const before = ask();
    await ring.clock.settle();
    expect(await before).toMatchObject({ code: 'down' });
    ring.network.unreachable.clear();
    await ring.clock.advance(300);
    const [first, second] = [ask(), ask()];
    expect(await second).toMatchObject({ code: 'down' });
    await ring.clock.settle();
    expect(await first).toMatchObject({ case: 'partitions' });
    expect(await Promise.all([ask(), ring.clock.settle()])).toMatchObject([{ case: 'partitions' }, undefined]);
  });

  test('RING-42: what was asked on a link that breaks is asked again on the next', async () => {
    const ring = new TestRing(2);
    const b = ring.nodes[1]!.core.ring;
    let asked = 0;
    ring.founder.core.ring.serve('copies', (_from, _value, reply) => {
      if (++asked === 1) for (const end of ring.network.sockets[0]!.ends) end.cut();
      reply.answer(digests);
    });
    const answer = b.peer(ring.keyOf(0))!.request(question);
    await ring.clock.settle();
    expect((await answer).case).toBe('partitions');
    expect(asked).toBe(2);
  });

  test('RING-42: a peer that does not answer is given up, and its link is closed when nothing comes', async () => {
    const ring = new TestRing(2);
    const b = ring.nodes[1]!.core.ring;
    ring.founder.core.ring.serve('copies', () => {});
    const peer = b.peer(ring.keyOf(0))!;
    const answer = peer.request(question, 3000).catch((error: unknown) => error);
    await ring.clock.advance(4000);
    expect(await answer).toMatchObject({ code: 'time-out' });
    expect(peer.up).toBe(true);
    for (const end of ring.network.sockets[0]!.ends) end.pause();
    peer.request(question, 8000).catch(() => {});
    await ring.clock.advance(6000);
    expect(ring.network.sockets[0]!.ends[0]!.closedWith?.code).toBe(4408);
  });

  test('RING-41: nothing is heard on a link before both greeted', async () => {
    const ring = new TestRing(2);
    const heard: string[] = [];
    ring.founder.core.ring.serve('copies', () => void heard.push('fetchAccount'));
    const b = ring.nodes[1]!;
    b.core.ring.peer(ring.keyOf(0))!.post(question);
    await ring.clock.settle();
    expect(heard).toEqual([]);
    expect(b.core.ring.peer(ring.keyOf(0))!.post(question)).toBe(true);
    await ring.clock.settle();
    expect(heard).toEqual(['fetchAccount']);
    await ring.clock.advance(TWO_EPOCHS_MS);
    expect(b.core.ring.view().member(b.core.ring.self)?.weight).toBe(1);
  });

  test('RING-47: who says too much is cut off for a minute, then twice as long, and named in the log', async () => {
    const ring = new TestRing(2, { peerBurstBytes: 100_000, peerBytesPerSecond: 5000 });
    const [a, b] = ring.nodes;
    await ring.clock.settle();
    const flood = async () => {
      const peer = b!.core.ring.peer(ring.keyOf(0))!;
      for (let count = 0; count < 500; count++) peer.post(question);
      await ring.clock.settle();
      return peer;
    };
    const peer = await flood();
    expect(peer.up).toBe(false);
    const named = { node: ring.keyOf(1), reason: 'rate', seconds: 60 };
    expect(a!.logged.filter(({ event }) => event === 'peer-cut-off')).toMatchObject([{ fields: named }]);
    await ring.clock.advance(55_000);
    expect([peer.up, a!.core.ring.peer(ring.keyOf(1))!.up]).toEqual([false, false]);
    await ring.clock.advance(40_000);
    expect(peer.up).toBe(true);
    await flood();
    expect(a!.logged.filter(({ event }) => event === 'peer-cut-off').at(-1)!.fields['seconds']).toBe(120);
  });

  test('RING-47: the rate is that of the node: another link is no new beginning', async () => {
    const ring = new TestRing(2, { peerBurstBytes: 100_000, peerBytesPerSecond: 100 });
    const [a, b] = ring.nodes;
    await ring.clock.settle();
    // Two thirds of what is allowed, over each of two links.
    for (let link = 0; link < 2; link++) {
      const peer = b!.core.ring.peer(ring.keyOf(0))!;
      for (let count = 0; count < 250; count++) peer.post(question);
      await ring.clock.settle();
      for (const end of ring.network.sockets.at(-1)!.ends) end.cut();
      await ring.clock.advance(20_000);
    }
    expect(a!.logged.filter(({ event }) => event === 'peer-cut-off')).toMatchObject([{ fields: { reason: 'rate' } }]);
  });

  test('RING-47: who wants to compare again and again is answered some times, and not when it asks for an answer', async () => {
    const ring = new TestRing(2);
    const { peer } = await linked(ring);
    let answers = 0;
    ring.nodes[1]!.core.ring.serve('gossip', () => void (answers += 1));
    const gossip = create(GossipSchema, { bucketsLow: 2 ** 32 - 1, bucketsHigh: 2 ** 32 - 1 });
    for (let count = 0; count < 100; count++) peer.post({ case: 'gossip', value: gossip });
    await ring.clock.settle();
    expect(answers).toBeGreaterThan(0);
    expect(answers).toBeLessThanOrEqual(16);
    const asked = peer.request({ case: 'gossip', value: gossip }).catch((error: unknown) => error);
    await ring.clock.settle();
    expect(await asked).toMatchObject({ refusal: RefusalCode.UNSUPPORTED });
    expect(answers).toBeLessThanOrEqual(16);
  });

  test('RING-41: a link key that the node has no more opens no link in its name', async () => {
    const ring = new TestRing(2);
    await ring.clock.settle();
    const [a, b] = ring.nodes;
    const held = a!.core.ring.descriptors.of(ring.keyOf(1))[0]!;
    const close = vi.fn();
    const link = { close } as unknown as Link;
    const linkKey = new Uint8Array(32).fill(3);
    // Of before: useless to everybody, and never taken in.
    const old = signDescriptor(nodePrimitives, b!.identity.nodeSeed, {
      ...held,
      linkKey,
      sequence: held.sequence - 1,
      until: held.from + 1,
    });
    a!.core.ring.accepted(link, { ...held, linkKey, encoded: old });
    expect(close).toHaveBeenCalledWith(CLOSE.notAllowed);
  });

  test('RING-47: a packet that no honest node writes cuts its author off', async () => {
    const ring = new TestRing(2);
    const { peer, end } = await linked(ring);
    end.link.send(0, {
      case: 'peer',
      value: create(PeerSchema, { body: { case: 'fetchAccount', value: create(FetchAccountSchema) } }),
    });
    await ring.clock.settle();
    expect(peer.up).toBe(false);
    expect(ring.founder.logged.at(-1)).toMatchObject({ event: 'peer-cut-off', fields: { reason: 'malformed' } });
  });

  test('RING-9: a node that signs two things under one number is cut off, and in no view', async () => {
    const ring = new TestRing(2);
    await ring.clock.advance(TWO_EPOCHS_MS);
    const [a, b] = ring.nodes;
    const { linkKey, network, operator, nodeSeed } = b!.identity;
    const held = a!.core.ring.descriptors.of(ring.keyOf(1))[0]!;
    const second = signDescriptor(nodePrimitives, nodeSeed, { ...held, linkKey, network, operator, urls: [urlOf(7)] });
    a!.core.ring.learn(second);
    await ring.clock.settle();
    expect(a!.core.ring.view().member(ring.keyOf(1))).toBeNull();
    expect(a!.core.ring.peer(ring.keyOf(1))).toBeNull();
    expect(a!.logged.at(-1)).toMatchObject({ event: 'peer-cut-off', fields: { node: ring.keyOf(1) } });
    expect(a!.metrics.peerLinks).toBe(0);
  });

  test('RING-47: more questions at once than the window holds are refused, and asked again nowhere', async () => {
    const ring = new TestRing(2);
    const held: PeerReply[] = [];
    ring.founder.core.ring.serve('copies', (_from, _value, reply) => void held.push(reply));
    const { end } = await linked(ring);
    for (let count = 0; count < 300; count++) end.link.send(2 * count + 1001, peerFrame(question));
    await ring.clock.settle();
    expect(held).toHaveLength(256);
    for (const reply of held) reply.answer(digests);
    await ring.clock.settle();
    expect(ring.founder.metrics.refusals.get(RefusalCode.BUSY)).toBe(44);
  });

  test('RING-47: a node with many questions keeps within the window of the other', async () => {
    const ring = new TestRing(2);
    ring.founder.core.ring.serve('copies', (_from, _value, reply) => reply.answer(digests));
    const { peer } = await linked(ring);
    const answers = Array.from({ length: 600 }, () => peer.request(question));
    await ring.clock.settle();
    expect((await Promise.all(answers)).every((answer) => answer.case === 'partitions')).toBe(true);
    expect(ring.founder.metrics.refusals.get(RefusalCode.BUSY)).toBeUndefined();
  });

  test('RING-41: a client that sends what only nodes send is refused, and one that greets as a node', async () => {
    const ring = new TestRing(1);
    const client = await ring.founder.connect(null);
    expect(await ring.founder.ask(client, peerFrame(question))).toMatchObject({ case: 'refusal' });
  });

  test('RING-41: a node that goes away refuses questions, and still takes answers', async () => {
    const ring = new TestRing(2);
    ring.founder.core.ring.serve('copies', (_from, _value, reply) => reply.answer(digests));
    const { peer } = await linked(ring);
    ring.founder.core.ring.drain();
    const answer = peer.request(question).catch((error: unknown) => error);
    await ring.clock.settle();
    expect(await answer).toMatchObject({ code: 'refused', refusal: RefusalCode.BUSY });
  });
});

/** The second node's link to the founder, open. */
async function linked(ring: TestRing): Promise<{ peer: PeerLink; end: PeerEnd }> {
  await ring.clock.settle();
  const peer = ring.nodes[1]!.core.ring.peer(ring.keyOf(0))!;
  return { peer, end: peer.end! };
}
