import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DescriptorSet,
  epochAt,
  EPOCHS_AHEAD,
  epochStart,
  leaseAt,
  LEASE_MS,
  memberOf,
  partitionOf,
  type View,
} from './index.ts';
import { bytes32, EPOCH_MS, fastPrimitives, NOW_MS, testNetwork, testNode, testNodes } from './ring.fixture.ts';

const net = testNetwork(fastPrimitives);
const SECONDS = EPOCH_MS / 1000;
const NOW = epochAt(NOW_MS, SECONDS);
const newSet = (): DescriptorSet =>
  new DescriptorSet({ primitives: fastPrimitives, network: net.network, epochSeconds: SECONDS });
const setOf = (...descriptors: readonly Uint8Array[]): DescriptorSet => {
  const set = newSet();
  for (const descriptor of descriptors) set.add(descriptor, NOW_MS);
  return set;
};
const hashOf = (view: View): string => Buffer.from(view.hash).toString('hex');
const ahead = leaseAt(NOW_MS, SECONDS, false);
const [a, b, c] = testNodes(net, 3) as [
  ReturnType<typeof testNode>,
  ReturnType<typeof testNode>,
  ReturnType<typeof testNode>,
];

describe('views', () => {
  it('RING-3: a founder is there at once, who joins two epochs later, who is gone not at all', () => {
    const leave = epochStart(NOW + 3, SECONDS);
    const set = setOf(a.describe({ until: leave }), b.describe({ ...ahead }));
    const keys = [0, 1, 2, 3].map((more) => set.view(NOW + more).members.map(({ key }) => key));
    expect(keys).toEqual([[a.key], [a.key], [a.key, b.key].sort(), [b.key]]);
    expect(ahead.from).toBe(epochStart(NOW + EPOCHS_AHEAD, SECONDS));
    expect(ahead.until - ahead.from).toBe(LEASE_MS);
  });

  it('RING-7: the latest sequence that holds counts: a renewal, a leave, a new address', () => {
    const leaving = a.describe({ ...ahead, sequence: 2, weight: 0 });
    const set = setOf(a.describe(), b.describe(), leaving);
    expect(memberOf(set.view(NOW + 1), a.key)?.weight).toBe(1);
    expect(memberOf(set.view(NOW + 2), a.key)?.weight).toBe(0);
    expect(set.view(NOW + 2).homes(5).homes).toEqual([b.key]);
    expect(set.view(NOW + 1).homes(5).r).toBe(2);
    expect(memberOf(set.view(NOW), bytes32('nobody').join())).toBeNull();
  });

  it('RING-7: neither order nor repetition of what is heard changes a view', () => {
    const heard = [a, b, c].flatMap((node, i) => [
      node.describe(),
      node.describe({ ...ahead, sequence: 2 }),
      node.describe({ ...ahead, from: ahead.from + EPOCH_MS, sequence: 3, weight: i, urls: ['ws://10.0.0.1'] }),
    ]);
    const expected = setOf(...heard);
    const epochs = [0, 1, 2, 3, 4].map((more) => NOW + more);
    fc.assert(
      fc.property(fc.shuffledSubarray([...heard, ...heard], { minLength: heard.length * 2 }), (order) => {
        const set = setOf(...order);
        for (const epoch of epochs) expect(hashOf(set.view(epoch))).toBe(hashOf(expected.view(epoch)));
        expect(set.digest()).toEqual(expected.digest());
        expect(set.all().map(({ mark }) => mark)).toEqual(expected.all().map(({ mark }) => mark));
      }),
      { numRuns: 60 },
    );
  });

  it('RING-8: a renewal changes neither the hash nor what was placed; anything else changes the hash', () => {
    const set = setOf(a.describe(), b.describe());
    const before = set.view(NOW + 2);
    const homes = before.homes(partitionOf(fastPrimitives, bytes32('mailbox')));
    expect(set.add(a.describe({ ...ahead, sequence: 2 }), NOW_MS)).toBe('new');
    expect(hashOf(set.view(NOW + 2))).toBe(hashOf(before));
    expect(set.view(NOW + 2).homes(partitionOf(fastPrimitives, bytes32('mailbox')))).toBe(homes);
    expect(hashOf(set.view(NOW + 3))).not.toBe(hashOf(before));
    for (const change of [{ weight: 2 }, { urls: ['ws://10.0.0.1'] }, { urls: ['ws://10.0.0.1', 'ws://10.0.0.2'] }]) {
      const other = setOf(a.describe(), b.describe(), a.describe({ ...ahead, sequence: 2, ...change }));
      expect(hashOf(other.view(NOW + 2))).not.toBe(hashOf(before));
      expect(hashOf(other.view(NOW + 1))).toBe(hashOf(setOf(a.describe(), b.describe()).view(NOW + 1)));
    }
    expect(hashOf(setOf(a.describe()).view(NOW + 2))).not.toBe(hashOf(before));
  });

  it('RING-6: however many operators a member makes up and lets in, they are not two of three homes', () => {
    const member = testNode(net, 'member');
    const puppets = Array.from({ length: 60 }, (_, i) =>
      testNode(net, `puppet${i}`, { admitterSeed: member.operatorSeed, by: member.admission, weight: 16 }),
    );
    const honest = testNodes(net, 3);
    const set = setOf(...[member, ...puppets, ...honest].map((node) => node.describe()));
    const theirs = new Set([member, ...puppets].map(({ key }) => key));
    const view = set.view(NOW);
    expect(view.members.length).toBe(64);
    for (let partition = 0; partition < 16_384; partition += 1024) {
      const { homes } = view.homes(partition);
      expect(homes.filter((key) => theirs.has(key)).length).toBeLessThanOrEqual(1);
    }
  });

  it('RING-3: what is over, of another network or with other epochs is refused; older ones are not kept', () => {
    const set = setOf(a.describe({ ...leaseAt(NOW_MS, SECONDS, true), sequence: 5 }));
    expect(set.add(a.describe({ sequence: 4 }), NOW_MS)).toBe('older');
    expect(set.add(a.describe({ sequence: 5 }), NOW_MS)).toBe('known');
    expect(set.add(b.describe({ from: NOW_MS - LEASE_MS, until: NOW_MS - 3 * EPOCH_MS }), NOW_MS)).toBe('refused');
    expect(set.add(b.describe({ epochSeconds: 60 }), NOW_MS)).toBe('refused');
    expect(set.add(testNode(testNetwork(fastPrimitives, 2), 'x').describe(), NOW_MS)).toBe('refused');
    expect(set.add(Uint8Array.of(1, 2, 3), NOW_MS)).toBe('refused');
    expect(set.all()).toHaveLength(1);
  });

  it('RING-3: what can take effect no more is forgotten', () => {
    const set = setOf(a.describe(), a.describe({ ...ahead, sequence: 2 }), b.describe());
    expect(set.expire(NOW_MS)).toBe(false);
    expect(set.expire(ahead.from + EPOCHS_AHEAD * EPOCH_MS)).toBe(true);
    expect(set.of(a.key).map(({ sequence }) => sequence)).toEqual([2]);
    expect(set.expire(NOW_MS + LEASE_MS + 3 * EPOCH_MS)).toBe(true);
    expect(set.all().map(({ key }) => key)).toEqual([a.key]);
    expect(set.find(set.all()[0]?.mark ?? '')).not.toBeNull();
    expect(set.copy().digest()).toEqual(setOf(a.describe({ ...ahead, sequence: 2 })).digest());
  });

  it('RING-3: what begins in a time far ahead is refused, as a proof, too: it would be kept until then', () => {
    const from = epochStart(NOW + EPOCHS_AHEAD + 1, SECONDS) + LEASE_MS;
    const far = { from, until: from + LEASE_MS };
    const set = setOf(a.describe());
    expect(set.add(b.describe(far), NOW_MS)).toBe('refused');
    expect(set.addProof(b.describe(far), b.describe({ ...far, weight: 2 }), NOW_MS)).toBeNull();
    expect(set.add(b.describe(far), NOW_MS + EPOCH_MS)).toBe('new');
  });

  it('RING-9: nodes that cheated take the places of others: so many in all', () => {
    const set = new DescriptorSet({
      primitives: fastPrimitives,
      network: net.network,
      epochSeconds: SECONDS,
      maxNodes: 2,
    });
    set.add(a.describe(), NOW_MS);
    expect(set.addProof(b.describe(), b.describe({ weight: 2 }), NOW_MS)).not.toBeNull();
    expect(set.addProof(c.describe(), c.describe({ weight: 2 }), NOW_MS)).toBeNull();
    expect(set.add(c.describe(), NOW_MS)).toBe('refused');
    expect(set.add(a.describe({ weight: 2 }), NOW_MS)).toBe('cheat');
    expect(set.proofs).toHaveLength(2);
  });

  it('RING-3: of one node a few descriptors are kept, however many it signs', () => {
    const set = newSet();
    for (let i = 0; i < 40; i++)
      set.add(a.describe({ from: ahead.from + i, until: ahead.until, sequence: i + 1 }), NOW_MS);
    expect(set.all().length).toBeLessThanOrEqual(4);
  });
});

describe('cheats', () => {
  const [one, other] = [a.describe({ sequence: 7 }), a.describe({ sequence: 7, weight: 2 })];

  it('RING-9: two bodies with one sequence expel the node, in either order, and what it says later too', () => {
    for (const pair of [
      [one, other],
      [other, one],
    ] as const) {
      const set = setOf(b.describe(), pair[0]);
      expect(set.take(pair[1], NOW_MS)).toMatchObject({ addition: 'cheat', item: { key: a.key } });
      expect(set.view(NOW).members.map(({ key }) => key)).toEqual([b.key]);
      expect(set.isExpelled(a.key)).toBe(true);
      expect(set.add(a.describe({ sequence: 8 }), NOW_MS)).toBe('cheat');
      expect(set.proofs).toHaveLength(1);
      expect(set.digest()).toEqual(setOf(b.describe(), other, one).digest());
    }
  });

  it('RING-9: a proof convinces others; what is none does not', () => {
    const set = setOf(a.describe({ sequence: 8 }), b.describe());
    expect(set.addProof(one, one, NOW_MS)).toBeNull();
    expect(set.addProof(one, a.describe({ sequence: 8 }), NOW_MS)).toBeNull();
    expect(set.addProof(one, b.describe({ sequence: 7 }), NOW_MS)).toBeNull();
    const forged = Uint8Array.from(other);
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    expect(set.addProof(one, forged, NOW_MS)).toBeNull();
    expect(set.view(NOW).members).toHaveLength(2);
    expect(set.addProof(other, one, NOW_MS)?.key).toBe(a.key);
    expect(set.addProof(other, one, NOW_MS)).toBeNull();
    expect(set.view(NOW).members.map(({ key }) => key)).toEqual([b.key]);
    // As it is when it was read from the disk again.
    const [proof] = set.proofs;
    const again = setOf(b.describe());
    expect(again.addProof(proof?.first ?? one, proof?.second ?? one, NOW_MS)).not.toBeNull();
    expect(again.digest()).toEqual(set.digest());
  });

  it('RING-9: a proof is kept for two leases after what it is about', () => {
    const set = setOf(one, other);
    const { until } = leaseAt(NOW_MS, SECONDS, true);
    set.expire(until + 2 * LEASE_MS - 1);
    expect(set.isExpelled(a.key)).toBe(true);
    set.expire(until + 2 * LEASE_MS);
    expect(set.isExpelled(a.key)).toBe(false);
    expect(set.addProof(one, other, until + 2 * LEASE_MS)).toBeNull();
  });
});
