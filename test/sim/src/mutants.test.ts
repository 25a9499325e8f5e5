import { describe, expect, it } from 'vitest';
import { MUTANTS } from './mutants.ts';
import { isGood } from './run-seeds.ts';
import { SeedProcess } from './seed-pool.ts';

/** So many of each scenario are among the 200 seeds of sim.test.ts. */
const SHOWN = 18;
/** Tried after the one that is known to notice it. */
const SEEDS = Array.from({ length: 28 }, (_, at) => at + 1);

describe('mutation gate: each bug put in on purpose is noticed', () => {
  it.each(MUTANTS)(
    '$name: $bug',
    async ({ name, scenario, seed: first }) => {
      const process = new SeedProcess(name);
      let noticed: string | null = null;
      try {
        for (const seed of new Set([first, ...SEEDS])) {
          const report = await process.run(scenario, seed);
          if (isGood(report)) continue;
          noticed = report.violations[0]?.rule ?? 'broke';
          break;
        }
      } finally {
        process.end();
      }
      expect(noticed).toMatch(/^HIST-/);
    },
    300_000,
  );

  it('and without the bug nothing is, where that is not shown by sim.test.ts', async () => {
    const process = new SeedProcess(null);
    try {
      for (const { name, scenario, seed } of MUTANTS.filter((mutant) => mutant.seed > SHOWN)) {
        expect({ name, ...(await process.run(scenario, seed)) }).toMatchObject({ name, violations: [], failure: null });
      }
    } finally {
      process.end();
    }
  }, 300_000);
});
