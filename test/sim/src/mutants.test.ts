import { describe, expect, it } from 'vitest';
import { MUTANTS } from './mutants.ts';
import { isGood } from './run-seeds.ts';
import { SeedProcess } from './seed-pool.ts';

/** The 200 seeds of sim.test.ts show that the program without the bug passes at least these. */
const SEEDS = 28;

describe('mutation gate: each bug put in on purpose is noticed', () => {
  it.each(MUTANTS)(
    '$name: $bug',
    async ({ name, scenario }) => {
      const process = new SeedProcess(name);
      let noticed: string | null = null;
      try {
        for (let seed = 1; seed <= SEEDS && noticed === null; seed++) {
          const report = await process.run(scenario, seed);
          if (!isGood(report)) noticed = report.violations[0]?.rule ?? 'broke';
        }
      } finally {
        process.end();
      }
      expect(noticed).toMatch(/^HIST-/);
    },
    300_000,
  );
});
