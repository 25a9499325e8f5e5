import { describe, expect, it } from 'vitest';
import { RING_MUTANTS } from './ring-mutants.ts';
import { runRingSeed } from './run-ring-seed.ts';

/** Tried after the one that is known to notice it. */
const SEEDS = Array.from({ length: 500 }, (_, at) => at + 1);

describe('mutation gate of the ring: each bug put in on purpose is noticed', () => {
  it.each(RING_MUTANTS)(
    '$name: $bug',
    ({ name, seed: first, rule }) => {
      const noticing = [first, ...SEEDS].find((seed) =>
        runRingSeed(seed, name).violations.some((violation) => rule.test(violation.rule)),
      );
      expect(noticing).toBeDefined();
    },
    600_000,
  );

  it('and without the bug nothing is', () => {
    for (const seed of new Set(RING_MUTANTS.map((mutant) => mutant.seed))) {
      expect({ seed, violations: runRingSeed(seed).violations }).toEqual({ seed, violations: [] });
    }
  }, 600_000);
});
