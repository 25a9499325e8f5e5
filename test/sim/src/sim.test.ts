import { describe, expect, it } from 'vitest';
import { runSeed } from './run-seed.ts';
import { dealSeeds, describeReport, isGood, runSeeds, type Seed } from './run-seeds.ts';
import { LEARNT, QUICK } from './scenarios.ts';

/** Of the 200: those of several devices. */
const SLOW_SEEDS = 15;
/** Some of `weeks`, the cheapest: they take long. */
const WEEKS: readonly Seed[] = [3, 14, 25].map((seed) => ({ scenario: 'weeks', seed }));

describe('simulation', () => {
  it.each([...QUICK, 'devices'] as const)(
    '%s: the same seed gives the same run',
    { timeout: 120_000 },
    async (scenario) => {
      const [first, second] = [await runSeed(scenario, 1), await runSeed(scenario, 1)];
      expect(first.events.length).toBeGreaterThan(10);
      expect(second.digest).toBe(first.digest);
      expect((await runSeed(scenario, 2)).digest).not.toBe(first.digest);
    },
  );

  it('200 seeds, and a few weeks: nothing acknowledged is lost, doubled, reordered or comes back, and all arrives in the end', async () => {
    const bad: string[] = [];
    let done = 0;
    const slow = LEARNT.filter((name) => !QUICK.includes(name));
    const seeds = [...dealSeeds(QUICK, 200 - SLOW_SEEDS), ...dealSeeds(slow, SLOW_SEEDS), ...WEEKS];
    await runSeeds(seeds, (report) => {
      done++;
      if (!isGood(report)) bad.push(describeReport(report));
      return bad.length < 5;
    });
    expect(bad.join('\n')).toBe('');
    expect(done).toBe(200 + WEEKS.length);
  }, 1_800_000);
});
