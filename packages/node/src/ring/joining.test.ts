import { describe, expect, test } from 'vitest';
import { nodePrimitives as primitives } from '@sotto/primitives-node';
import { signDescriptor } from '@sotto/protocol/identity';
import { create, JoinSchema } from '@sotto/protocol/wire';
import { createNodeSecrets, nodeIdentityOf } from '../node-identity.ts';
import { TestNode } from '../testing/test-node.ts';
import { EPOCH_MS, TestRing, TWO_EPOCHS_MS, urlOf } from '../testing/test-ring.ts';
import { joinRing } from './join-ring.ts';
import { memoryRingFile, type RingFile, type RingState } from './ring-file.ts';

/** A newcomer with keys of its own, and no node yet. */
function newcomer(ring: TestRing, seed = 9) {
  let calls = 0;
  const random = (length: number) => primitives.sha256(Uint8Array.of(seed, calls++)).slice(0, length);
  const secrets = createNodeSecrets(random);
  const { nodeId, operator } = nodeIdentityOf(primitives, secrets);
  const url = `ws://10.0.${seed}.1:80`;
  const parts = {
    primitives,
    random,
    clock: ring.clock,
    dialer: ring.network.dialer(url),
    psk: null,
    nodeId,
    operator,
  };
  return {
    secrets,
    nodeId,
    join: async (to: string) => {
      const joined = joinRing(parts, to).catch((error: unknown) => error as Error);
      await ring.clock.settle();
      return joined;
    },
    start: (file: RingFile) => {
      const node = new TestNode({
        clock: ring.clock,
        url,
        seed,
        identity: nodeIdentityOf(primitives, secrets, file.load()!.founders),
        ring: { dialer: ring.network.dialer(url), file },
      });
      ring.network.listen(url, node);
      return node;
    },
  };
}

async function joined(ring: TestRing, seed: number, to: string): Promise<TestNode> {
  const one = newcomer(ring, seed);
  const state = await one.join(to);
  if (state instanceof Error) throw state;
  const file = memoryRingFile();
  file.save(state);
  return one.start(file);
}

/** Machines that sleep most of the time. */
async function hours(ring: TestRing, count: number): Promise<void> {
  for (let at = 0; at < count; at += 2) {
    ring.clock.jump(2 * 3_600_000);
    await ring.clock.advance(TWO_EPOCHS_MS);
  }
}

const keysIn = (node: TestNode): string[] => node.core.ring.view().members.map(({ key }) => key);

describe('joining', () => {
  test('RING-44: a node joins where anybody is let in, and counts from the epoch two ahead', async () => {
    const ring = new TestRing(1, {}, 'anyone');
    const node = await joined(ring, 9, urlOf(0));
    expect(node.identity.network).toEqual(ring.founder.identity.network);
    await ring.clock.advance(EPOCH_MS);
    expect(keysIn(ring.founder)).toEqual([ring.keyOf(0)]);
    expect(keysIn(node)).toEqual([ring.keyOf(0)]);
    await ring.clock.advance(2 * EPOCH_MS);
    const both = [ring.keyOf(0), node.core.ring.self].sort();
    expect(keysIn(ring.founder)).toEqual(both);
    expect(node.core.ring.view().hash).toEqual(ring.founder.core.ring.view().hash);
    expect(node.core.ring.view().homes(0).r).toBe(2);
  });

  test('RING-45: where tokens are asked for, one lets one node in', async () => {
    const ring = new TestRing(1);
    expect(await newcomer(ring).join(urlOf(0))).toMatchObject({ code: 'token-needed' });
    const token = ring.founder.core.ring.joinDesk.invite()!;
    const one = newcomer(ring);
    expect(await one.join(token)).toMatchObject({ epochSeconds: EPOCH_MS / 1000 });
    // Its answer may have been lost. Asking again gives no other position: else one could be chosen.
    const admissions = [await one.join(token), await one.join(token)] as RingState[];
    expect(admissions[0]!.admission).toEqual(admissions[1]!.admission);
    expect(await newcomer(ring, 10).join(token)).toMatchObject({ code: 'token-used' });
  });

  test('RING-45: a token is good for a week, and kept hashed', async () => {
    const ring = new TestRing(1);
    const token = ring.founder.core.ring.joinDesk.invite()!;
    ring.clock.jump(6 * 86_400_000);
    expect(await newcomer(ring).join(token)).toMatchObject({ epochSeconds: EPOCH_MS / 1000 });
    const other = ring.founder.core.ring.joinDesk.invite()!;
    ring.clock.jump(8 * 86_400_000);
    expect(await newcomer(ring).join(other)).toMatchObject({ code: 'token-expired' });
  });

  test('RING-44: who was let in lets others in, and three find each other from one address', async () => {
    const ring = new TestRing(1, {}, 'anyone');
    const second = await joined(ring, 9, urlOf(0));
    const third = await joined(ring, 10, second.core.ring.joinDesk.invite()!);
    await ring.clock.advance(TWO_EPOCHS_MS);
    for (const node of [ring.founder, second, third]) {
      expect(keysIn(node)).toHaveLength(3);
      expect(node.core.ring.view().hash).toEqual(third.core.ring.view().hash);
    }
    expect(third.core.ring.view().homes(77)).toMatchObject({ r: 3, w: 2 });
  });

  test('RING-44: a chain of admissions has four links at most', async () => {
    const ring = new TestRing(1);
    let last = ring.founder;
    for (let at = 1; at <= 4; at++) last = await joined(ring, 9 + at, last.core.ring.joinDesk.invite()!);
    expect(last.core.ring.joinDesk.invite()).toBeNull();
    const client = await last.connect(null);
    const value = create(JoinSchema, { node: new Uint8Array(32), operator: new Uint8Array(32) });
    expect(await last.ask(client, { case: 'join', value })).toMatchObject({ case: 'refusal' });
  });

  test('RING-44: nobody is at the address, or somebody else than the token says', async () => {
    const ring = new TestRing(1);
    expect(await newcomer(ring).join('ws://10.9.9.9:80')).toMatchObject({ code: 'unreachable', retry: true });
    const token = ring.founder.core.ring.joinDesk.invite()!;
    const other = new TestRing(2).nodes[1]!;
    ring.network.listen(urlOf(0), other);
    expect(await newcomer(ring).join(token)).toMatchObject({ code: 'wrong-node' });
    expect(await newcomer(ring).join(token.slice(0, -4))).toMatchObject({ code: 'bad-token' });
  });

  test('RING-44: a stranger with a descriptor of its own network is no peer', async () => {
    const ring = new TestRing(1);
    const one = newcomer(ring);
    const file = memoryRingFile();
    const alone = new TestNode({
      clock: ring.clock,
      url: 'ws://10.1.1.1:80',
      identity: nodeIdentityOf(primitives, one.secrets),
    });
    file.save({
      founders: ring.founder.identity.founders,
      epochSeconds: EPOCH_MS / 1000,
      // Of another network: it lets nobody in here.
      admission: alone.core.ring.own.admission,
      descriptors: ring.founder.core.ring.descriptors.all().map(({ encoded }) => encoded),
      sequence: 0,
      invites: [],
    });
    const impostor = one.start(file);
    await ring.clock.settle();
    expect(impostor.metrics.peerLinks).toBe(0);
    expect(ring.founder.metrics.peerLinks).toBe(0);
    expect(ring.founder.metrics.closes.get(4403)).toBeGreaterThan(0);
  });
});

describe('staying', () => {
  test('RING-46: a restarted node is the same member at once, from what it kept', async () => {
    const ring = new TestRing(1, {}, 'anyone');
    const one = newcomer(ring);
    const file = memoryRingFile();
    file.save((await one.join(urlOf(0))) as never);
    const first = one.start(file);
    await ring.clock.advance(TWO_EPOCHS_MS);
    const { hash } = ring.founder.core.ring.view();
    ring.network.remove('ws://10.0.9.1:80');
    void first;
    const again = one.start(file);
    await ring.clock.settle();
    expect(again.core.ring.view().hash).toEqual(hash);
    expect(again.core.ring.own.sequence).toBe(first.core.ring.own.sequence);
    expect(ring.founder.core.ring.peer(again.core.ring.self)!.up).toBe(true);
  });

  test('RING-46: who was proven to cheat is still known for it after a restart', async () => {
    const ring = new TestRing(1, {}, 'anyone');
    const one = newcomer(ring);
    const file = memoryRingFile();
    file.save((await one.join(urlOf(0))) as never);
    const node = one.start(file);
    await ring.clock.advance(TWO_EPOCHS_MS);
    const held = node.core.ring.descriptors.of(ring.keyOf(0))[0]!;
    const { nodeSeed } = ring.founder.identity;
    node.core.ring.learn(signDescriptor(primitives, nodeSeed, { ...held, urls: [urlOf(7)] }));
    await ring.clock.advance(2000);
    ring.network.remove('ws://10.0.9.1:80');
    ring.network.remove(urlOf(0));
    const again = one.start(file);
    expect(again.core.ring.descriptors.isExpelled(ring.keyOf(0))).toBe(true);
    again.core.ring.learn(signDescriptor(primitives, nodeSeed, { ...held, sequence: held.sequence + 5 }));
    expect(again.core.ring.peer(ring.keyOf(0))).toBeNull();
  });

  test('RING-46: leases are renewed, and a node that is gone is forgotten when its lease is over', async () => {
    const ring = new TestRing(3);
    await ring.clock.advance(TWO_EPOCHS_MS);
    expect(ring.nodes.map(keysIn).map((keys) => keys.length)).toEqual([3, 3, 3]);
    await hours(ring, 30);
    expect(ring.nodes.map(keysIn).map((keys) => keys.length)).toEqual([3, 3, 3]);
    ring.network.remove(urlOf(2));
    await hours(ring, 8);
    expect(keysIn(ring.founder)).toHaveLength(3);
    await hours(ring, 20);
    expect(ring.nodes.slice(0, 2).map(keysIn)).toEqual([
      [ring.keyOf(0), ring.keyOf(1)].sort(),
      [ring.keyOf(0), ring.keyOf(1)].sort(),
    ]);
  });
});

describe('leaving', () => {
  test('RING-48: a node that leaves is home of nothing from the epoch two ahead, at all nodes', async () => {
    const ring = new TestRing(3);
    await ring.clock.advance(TWO_EPOCHS_MS);
    const leaver = ring.nodes[2]!.core.ring;
    const weights = () => ring.nodes.map(({ core }) => core.ring.view().member(leaver.self)?.weight);
    leaver.leave();
    await ring.clock.advance(EPOCH_MS);
    expect(weights()).toEqual([1, 1, 1]);
    await ring.clock.advance(2 * EPOCH_MS);
    expect(weights()).toEqual([0, 0, 0]);
    expect(ring.founder.core.ring.view().homes(5).r).toBe(2);
  });
});
