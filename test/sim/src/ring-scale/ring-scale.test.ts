import { describe, expect, it } from 'vitest';
import { loads, lossesOf, maxOverMean, movedShare, movesBetween, quantile } from './figures.ts';
import { BYTES_OF_USER, NODE_BYTES_PER_SECOND, repairCourse } from './repair.ts';
import { makeNode, makeNodes, scatterUsers, tableOf } from './scaled-ring.ts';

// A small piece of what `node test/sim/src/ring-scale/main.ts` measures at 1,000 nodes: 120 nodes, 1,024 partitions.
const PARTITIONS = 1024;
const NODES = makeNodes(120, 'test');
const TABLE = tableOf(NODES, PARTITIONS);
const USERS = scatterUsers(60_000, 'test', PARTITIONS);

describe('a large ring', () => {
  it('RING-5: no node keeps more than 1.6 times the mean', () => {
    const sorted = loads(NODES, TABLE, USERS);
    expect(sorted.reduce((sum, one) => sum + one, 0)).toBe(180_000);
    expect(maxOverMean(sorted)).toBeLessThan(1.6);
  });

  it('RING-5: a join moves at most 1.3 times its share, all of it to the node that joins', () => {
    const newcomer = makeNode('newcomer', 121);
    const moves = movesBetween(TABLE, tableOf([...NODES, newcomer], PARTITIONS), new Set());
    expect(movedShare(moves, TABLE) * 121).toBeLessThan(1.3);
    // A node that was passed over for its subnet may come in again where the newcomer takes a place.
    expect(moves.filter(({ to }) => to === newcomer.key).length / moves.length).toBeGreaterThan(0.95);
  });

  it('RING-5: what a dead node kept goes to many', () => {
    const gone = NODES[60]!;
    const after = tableOf(
      NODES.filter((node) => node !== gone),
      PARTITIONS,
    );
    const moves = movesBetween(TABLE, after, new Set([gone.key]));
    expect(moves.length).toBe(TABLE.filter((homes) => homes.includes(gone.key)).length);
    expect(new Set(moves.map(({ to }) => to)).size).toBeGreaterThan(moves.length * 0.7);
    expect(moves.every(({ from }) => from.length >= 2)).toBe(true);
  });

  it('RING-6: no partition has two homes of one operator', () => {
    const operatorOf = new Map(NODES.map(({ key, domains }) => [key, domains.operator]));
    expect(TABLE.every((homes) => new Set(homes.map((key) => operatorOf.get(key))).size === 3)).toBe(true);
  });

  it('counts what a mass departure takes', () => {
    const gone = new Set(NODES.slice(0, 24).map(({ key }) => key));
    const losses = lossesOf(TABLE, gone);
    expect(losses.reduce((sum, count) => sum + count, 0)).toBe(PARTITIONS);
    expect(losses[3]! / PARTITIONS).toBeLessThan(0.03);
  });

  it('repair stays within the credits of its nodes', () => {
    const users = new Uint32Array([250, 250]);
    const moves = [0, 1].map((partition) => ({ partition, to: 'c', from: ['a', 'b'] }));
    const course = repairCourse(moves, users);
    expect(course.at(-1)).toEqual({ seconds: Math.ceil((500 * BYTES_OF_USER) / NODE_BYTES_PER_SECOND), openShare: 0 });
    expect(quantile([1, 2, 3], 0.5)).toBe(2);
  });
});
