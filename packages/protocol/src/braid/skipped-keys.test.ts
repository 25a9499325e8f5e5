import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countSkipped, dropOldest, NO_SKIPPED_KEYS, takeSkipped } from './skipped-keys.ts';
import type { SkippedKeys, SkippedRun } from './skipped-keys.ts';

/** A run whose seeds are the counter in every byte's place. */
function run(first: number, length: number): SkippedRun {
  const seeds = new Uint8Array(length * 32);
  for (let i = 0; i < length; i++) seeds.fill(first + i, i * 32, i * 32 + 32);
  return { first, seeds };
}

const seedOf = (counter: number): Uint8Array => new Uint8Array(32).fill(counter);

const counters = (keys: SkippedKeys): number[] =>
  keys.flatMap(({ first, seeds }) => Array.from({ length: seeds.length / 32 }, (_, i) => first + i));

describe('skipped keys', () => {
  it('DR-8: taking keys in any order gives each once, like a map would', () => {
    const gaps = fc.array(fc.record({ gap: fc.integer({ min: 1, max: 3 }), length: fc.integer({ min: 1, max: 6 }) }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(gaps, fc.array(fc.nat(60), { maxLength: 60 }), (shape, order) => {
        let next = 0;
        let keys: SkippedKeys = shape.map(({ gap, length }) => {
          const made = run(next + gap, length);
          next += gap + length;
          return made;
        });
        const model = new Set(counters(keys));
        for (const counter of order) {
          const taken = takeSkipped(keys, counter);
          expect(taken !== null).toBe(model.delete(counter));
          if (taken === null) continue;
          expect(taken.seed).toEqual(seedOf(counter));
          keys = taken.rest;
          expect(counters(keys)).toEqual([...model]);
        }
        expect(countSkipped(keys)).toBe(model.size);
        for (const { first, seeds } of keys) expect(seeds.subarray(0, 32)).toEqual(seedOf(first));
      }),
    );
  });

  it('DR-7: taking a key leaves the keys it was taken from as they were', () => {
    const keys = [run(1, 3), run(9, 2)];
    const before = structuredClone(keys);
    takeSkipped(keys, 2);
    dropOldest(keys, 4);
    expect(keys).toEqual(before);
  });

  it.each([
    [0, [1, 2, 3, 9, 10]],
    [1, [2, 3, 9, 10]],
    [3, [9, 10]],
    [4, [10]],
    [5, []],
    [6, []],
  ])('DR-11: without the oldest %i', (count, left) => {
    expect(counters(dropOldest([run(1, 3), run(9, 2)], count))).toEqual(left);
  });

  it('DR-8: nothing is taken from nothing', () => {
    expect(takeSkipped(NO_SKIPPED_KEYS, 0)).toBeNull();
  });
});
