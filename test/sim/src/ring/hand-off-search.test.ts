import { type HandoffRules } from '@sotto/protocol/ring';
import { describe, expect, it } from 'vitest';
import { searchHandOff, type SmallRing } from './hand-off-search.ts';

const SMALL = { restarts: 0, diskDeaths: 0, ticks: 0, flights: 3 };
const PAIR = { nodes: ['x', 'y'], views: [['y'], ['x'], ['y']], holders: ['x'] };

/** By whom, between whom homes change, and what may happen meanwhile. */
const RINGS: readonly (readonly [string, SmallRing])[] = [
  ['two nodes, home by turns, and impatient', { ...SMALL, ...PAIR, ticks: 1, flights: 4 }],
  ['two nodes, home by turns, one starts again', { ...SMALL, ...PAIR, restarts: 1 }],
  [
    'two homes, one loses its disk',
    { ...SMALL, nodes: ['x', 'y', 'z'], views: [['y', 'z']], holders: ['x'], diskDeaths: 1, ticks: 1 },
  ],
];

/** Receipts go on counting after a role changed or the giver began anew. */
const STALE: Partial<HandoffRules> = {
  voidsOnChange: false,
  voidsOnRestart: false,
  counts: ({ homes }, { from }) => homes.includes(from),
};

describe('hand-off, everything that can happen to one envelope in a small ring', () => {
  it.each(RINGS)('RING-11: %s: the last copy is never discarded', (_, ring) => {
    const { states, found } = searchHandOff(ring);
    expect(found).toBeNull();
    expect(states).toBeGreaterThan(300);
  });

  it.each(RINGS)('RING-11: %s: with receipts that go stale it is', (_, ring) => {
    expect(searchHandOff(ring, STALE).found?.text).toMatch(/last copy|lost disk/);
  });
});
