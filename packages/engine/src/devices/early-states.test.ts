import { nodePrimitives as primitives, systemRandom } from '@sotto/primitives-node';
import { describe, expect, it } from 'vitest';
import { NodeStore } from '../platform/node/index.ts';
import { Database } from '../store/database.ts';
import { EarlyStates } from './early-states.ts';

const NOW_MS = 1_800_000_000_000;
const MAX_KEPT = 2000;
const BOB = 3;

function earlyStates(): EarlyStates {
  const store = NodeStore.inMemory();
  return new EarlyStates(new Database({ store, primitives, random: systemRandom, databaseKey: systemRandom(32) }));
}

const ids = (count: number): Uint8Array[] => Array.from({ length: count }, () => systemRandom(16));

describe('what is known of messages that are not here yet', () => {
  it('DEV-11: is given back once, weakest first', () => {
    const early = earlyStates();
    const [id] = ids(1);
    early.note(BOB, id!, 'read', NOW_MS);
    early.note(BOB, id!, 'delivered', NOW_MS + 1);
    expect(early.take(BOB, id!)).toEqual(['delivered', 'read']);
    expect(early.take(BOB, id!)).toEqual([]);
  });

  it('DEV-11: the oldest give way, as many as are too many, also when all came at one moment', () => {
    const early = earlyStates();
    const [first, ...others] = ids(MAX_KEPT + 20);
    early.note(BOB, first!, 'read', NOW_MS - 1);
    for (const id of others) early.note(BOB, id, 'read', NOW_MS);
    expect(early.take(BOB, others.at(-1)!)).toEqual(['read']);
    expect(early.take(BOB, first!)).toEqual([]);
    expect(others.slice(0, -1).filter((id) => early.take(BOB, id).length > 0)).toHaveLength(MAX_KEPT - 1);
  });
});
