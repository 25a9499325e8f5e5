import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { be32, concat, noblePrimitives, utf8 } from '../crypto/index.ts';
import { PARTITIONS } from '../wire/index.ts';
import { compareBytes, partitionOf, Placement, positionOf, subnetOf, type PlacedNode } from './index.ts';
import { bytes32, fastPrimitives } from './ring.fixture.ts';

function placed(
  name: string,
  change: { weight?: number; operator?: string; subnets?: readonly string[] } = {},
): PlacedNode {
  return {
    key: Buffer.from(bytes32(name)).toString('hex'),
    position: bytes32(`position ${name}`),
    weight: change.weight ?? 1,
    domains: { operator: change.operator ?? name, subnets: change.subnets ?? [name] },
  };
}

const many = (count: number): PlacedNode[] => Array.from({ length: count }, (_, i) => placed(`node ${i}`));
const place = (nodes: readonly PlacedNode[]): Placement => new Placement(fastPrimitives, nodes);
const somePartitions = Array.from({ length: 200 }, (_, i) => (i * 7919) % PARTITIONS);

describe('partitions and positions', () => {
  it('RING-1: a partition is the first 14 bits of the hash of the mailbox', () => {
    const mailbox = bytes32('mailbox');
    const bits = BigInt(
      `0x${Buffer.from(noblePrimitives.sha256(concat(utf8('sotto/partition/1'), mailbox))).toString('hex')}`,
    );
    expect(partitionOf(noblePrimitives, mailbox)).toBe(Number(bits >> 242n));
    const seen = Array.from({ length: 2000 }, (_, i) => partitionOf(fastPrimitives, bytes32(`mailbox ${i}`)));
    expect(Math.max(...seen)).toBeGreaterThan(PARTITIONS * 0.99);
    expect(seen.every((partition) => partition >= 0 && partition < PARTITIONS)).toBe(true);
  });

  it('RING-2: a position is the hash of node id and nonce', () => {
    const [node, nonce] = [bytes32('node'), bytes32('nonce')];
    const expected = noblePrimitives.sha256(concat(utf8('sotto/position/1'), node, nonce));
    expect(positionOf(noblePrimitives, node, nonce)).toEqual(expected);
    expect(positionOf(noblePrimitives, node, bytes32('other'))).not.toEqual(expected);
  });
});

describe('placement', () => {
  it('RING-5: ranks are the best of `weight` hashes, and the best rank is home', () => {
    const nodes = [placed('a', { weight: 2 }), placed('b'), placed('c', { weight: 3 }), placed('d'), placed('e')];
    const partition = 9001;
    const rankOf = ({ position, weight }: PlacedNode): bigint => {
      const numbers = Array.from({ length: weight }, (_, i) => {
        const input = concat(utf8('sotto/rank/1'), position, be32(partition * 65_536 + i));
        return BigInt(`0x${Buffer.from(noblePrimitives.sha256(input)).toString('hex')}`) >> 208n;
      });
      return numbers.reduce((best, number) => (number > best ? number : best));
    };
    const ranked = [...nodes].sort((a, b) => (rankOf(b) > rankOf(a) ? 1 : -1)).map(({ key }) => key);
    const { homes, standIns } = new Placement(noblePrimitives, nodes).homes(partition);
    expect([...homes, ...standIns]).toEqual(ranked);
  });

  it('RING-6: R and W follow from how many nodes there are; one node is a ring of one', () => {
    const sizes = [0, 1, 2, 3, 4, 5, 6, 7].map((count) => {
      const { homes, standIns, r, w } = place(many(count)).homes(1);
      expect(homes).toHaveLength(r);
      expect(new Set([...homes, ...standIns]).size).toBe(homes.length + standIns.length);
      return [r, w, standIns.length];
    });
    expect(sizes).toEqual([[0, 1, 0], [1, 1, 0], [2, 2, 0], [3, 2, 0], [3, 2, 1], [3, 2, 2], [3, 2, 3], [3, 2, 3]]); // prettier-ignore
  });

  it('RING-5: the same for every order in which nodes became known', () => {
    const nodes = many(12).map((node, i) => ({ ...node, weight: 1 + (i % 4) }));
    const expected = place(nodes).homes(77);
    fc.assert(
      fc.property(fc.shuffledSubarray(nodes, { minLength: 12 }), (shuffled) => {
        expect(place(shuffled).homes(77)).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it('RING-5: a node that joins or leaves moves only what it takes or had', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 20 }), fc.integer({ min: 1, max: 8 }), (count, weight) => {
        const before = many(count);
        const joiner = placed('joiner', { weight });
        const [old, now] = [place(before), place([...before, joiner])];
        for (const partition of somePartitions.slice(0, 40)) {
          const [was, is] = [old.homes(partition).homes, now.homes(partition).homes];
          // Whoever stays keeps the place it had.
          expect(is.filter((key) => key !== joiner.key)).toEqual(was.filter((key) => is.includes(key)));
          expect(was.filter((key) => !is.includes(key)).length).toBe(is.includes(joiner.key) ? 1 : 0);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('RING-5: load follows weight, and nodes of weight 0 are home of nothing', () => {
    const nodes = [...many(8), placed('heavy', { weight: 4 }), placed('leaving', { weight: 0 })];
    const placement = place(nodes);
    const load = new Map<string, number>();
    const partitions = Array.from({ length: 2000 }, (_, i) => i * 8);
    for (const partition of partitions) {
      const { homes, standIns } = placement.homes(partition);
      for (const key of homes.slice(0, 1)) load.set(key, (load.get(key) ?? 0) + 1);
      expect([...homes, ...standIns]).not.toContain(nodes.at(-1)?.key);
    }
    // First in 4 of 12 shares.
    expect((load.get(nodes[8]?.key ?? '') ?? 0) / partitions.length).toBeCloseTo(4 / 12, 1);
  });

  it('RING-6: homes have different operators and subnets where there are any', () => {
    const nodes = ['a', 'b', 'c', 'd'].flatMap((operator) =>
      [1, 2, 3, 4].map((i) => placed(`${operator}${i}`, { operator, subnets: [`10.0.${i}/24`] })),
    );
    const byKey = new Map(nodes.map((node) => [node.key, node.domains]));
    const placement = place(nodes);
    for (const partition of somePartitions) {
      const { homes, standIns } = placement.homes(partition);
      const domains = homes.map((key) => byKey.get(key));
      expect(new Set(domains.map((one) => one?.operator)).size).toBe(3);
      expect(new Set(domains.map((one) => one?.subnets[0])).size).toBe(3);
      // The fourth operator has its turn, then all again.
      expect(homes.map((key) => byKey.get(key)?.operator)).not.toContain(byKey.get(standIns[0] ?? '')?.operator);
    }
  });

  it('RING-6: operators come before subnets, and with one operator subnets still differ', () => {
    const shared = ['a', 'b', 'c'].map((operator) => placed(operator, { operator, subnets: ['same'] }));
    const own = [1, 2, 3].map((i) => placed(`a${i}`, { operator: 'a', subnets: [`net ${i}`] }));
    const [operators, subnets] = [place([...shared, ...own]), place(own.flatMap((node) => [node, twin(node)]))];
    for (const partition of somePartitions) {
      const keys = operators.homes(partition).homes;
      expect(shared.filter(({ key, domains }) => domains.operator !== 'a' && keys.includes(key))).toHaveLength(2);
      const nets = subnets
        .homes(partition)
        .homes.map((key) => own.find((node) => [node.key, twin(node).key].includes(key)));
      expect(new Set(nets).size).toBe(3);
    }
  });

  /** As the rule says it: all nodes ranked, then one after the other. */
  function plainly(nodes: readonly PlacedNode[], partition: number): string[] {
    const rankOf = ({ position, weight }: PlacedNode): number =>
      Math.max(
        ...Array.from({ length: weight }, (_, i) => {
          const input = concat(utf8('sotto/rank/1'), position, be32(partition * 65_536 + i));
          return Buffer.from(fastPrimitives.sha256(input)).readUIntBE(0, 6);
        }),
      );
    const ranked = nodes
      .filter(({ weight }) => weight > 0)
      .map((node) => ({ node, rank: rankOf(node) }))
      .sort((a, b) => b.rank - a.rank || compareBytes(a.node.position, b.node.position))
      .map(({ node }) => node);
    const chosen: PlacedNode[] = [];
    let operators: string[] = [];
    while (chosen.length < 6 && chosen.length < ranked.length) {
      const left = ranked.filter((node) => !chosen.includes(node) && !operators.includes(node.domains.operator));
      const subnets = chosen.flatMap(({ domains }) => domains.subnets);
      const next = left.find(({ domains }) => !domains.subnets.some((subnet) => subnets.includes(subnet))) ?? left[0];
      if (next === undefined) operators = [];
      else {
        chosen.push(next);
        operators.push(next.domains.operator);
      }
    }
    return chosen.map(({ key }) => key);
  }

  it('RING-5, RING-6: what is known of an earlier view changes nothing, whoever came, went or changed', () => {
    const change = fc.record({
      node: fc.nat(40),
      weight: fc.constantFrom(0, 1, 1, 2, 16),
      operator: fc.nat(9),
      subnet: fc.nat(12),
      asks: fc.subarray([3, 5000, 9001, 16_383]),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(change, { minLength: 1, maxLength: 60 }),
        (operators, changes) => {
          const now = new Map<number, PlacedNode>();
          let placement: Placement | null = null;
          for (const { node, weight, operator, subnet, asks } of changes) {
            if (weight === 0 && subnet > 6) now.delete(node);
            else
              now.set(
                node,
                placed(`node ${node}`, { weight, operator: `${operator % operators}`, subnets: [`${subnet}`] }),
              );
            const nodes = [...now.values()];
            placement = new Placement(fastPrimitives, nodes, placement);
            for (const partition of asks) {
              const { homes, standIns } = placement.homes(partition);
              expect([...homes, ...standIns]).toEqual(plainly(nodes, partition));
            }
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('RING-5: a node that joins or leaves costs a fraction of what the whole costs, and so does each after it', () => {
    let hashes = 0;
    const counting = { ...fastPrimitives, sha256: (input: Uint8Array) => (hashes++, fastPrimitives.sha256(input)) };
    const costOf = (work: () => void): number => {
      hashes = 0;
      work();
      return hashes;
    };
    let nodes = many(300);
    let placement = new Placement(counting, nodes);
    const askAll = (): void => somePartitions.forEach((partition) => placement.homes(partition));
    expect(costOf(askAll)).toBe(300 * somePartitions.length);
    for (let view = 0; view < 30; view++) {
      nodes = view % 2 === 0 ? [...nodes, placed(`joins ${view}`)] : nodes.filter((_, i) => i !== view * 7);
      placement = new Placement(counting, nodes, placement);
      // One hash for who joined, none for who left; here and there so many of the best are gone that it begins anew.
      expect(costOf(askAll)).toBeLessThan(4 * somePartitions.length);
    }
  });

  it('RING-6: there are as many partitions as there are', () => {
    expect(() => place(many(1)).homes(PARTITIONS)).toThrow(RangeError);
    expect(() => place(many(1)).homes(-1)).toThrow(RangeError);
    expect(() => place(many(1)).homes(0.5)).toThrow(RangeError);
  });

  it('RING-6: subnets are /24, /48 or the name', () => {
    expect(subnetOf('ws://192.168.7.9:8080/x')).toBe('192.168.7/24');
    expect(subnetOf('wss://Node.Example/sotto')).toBe('node.example');
    expect(subnetOf('ws://[2001:db8:7:1::5]:80')).toBe('2001:db8:7/48');
    expect(subnetOf('ws://[2001:0db8:0007::]')).toBe('2001:db8:7/48');
    expect(subnetOf('ws://[::1]')).toBe('0:0:0/48');
    expect(subnetOf('ws://[fe80::1:2:3:4]')).toBe('fe80:0:0/48');
    expect(subnetOf('ws://[::ffff:10.1.2.3]')).toBe('10.1.2/24');
    expect(subnetOf('ws://[64:ff9b::10.1.2.3]')).toBe('64:ff9b:0/48');
  });

  it('RING-5: byte strings are ordered by their first difference', () => {
    expect(compareBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBeLessThan(0);
    expect(compareBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBeGreaterThan(0);
    expect(compareBytes(Uint8Array.of(1), Uint8Array.of(1))).toBe(0);
  });
});

const twin = (node: PlacedNode): PlacedNode => ({
  ...node,
  key: node.key.replace(/^../, 'ff'),
  position: bytes32(`twin ${node.key}`),
});
