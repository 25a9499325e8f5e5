import { describe, expect, it } from 'vitest';
import { dealSeeds, describeReport, isGood, runSeeds } from '../run-seeds.ts';
import { digestOf, runRingSeed } from './run-ring-seed.ts';

/** So many run here; more by hand (docs/simulation.md). */
const SEEDS = 200;

describe('simulation of whole rings', () => {
  it('the same seed gives the same run', () => {
    const [first, second] = [runRingSeed(4), runRingSeed(4)];
    expect(first.events.length).toBeGreaterThan(100);
    expect(digestOf(second.events)).toBe(digestOf(first.events));
    expect(digestOf(runRingSeed(5).events)).not.toBe(digestOf(first.events));
  }, 120_000);

  it('RING-10, RING-11, RING-17, RING-29: 200 seeds: nothing acknowledged is lost, nothing shown twice, and in the end all is where it belongs', async () => {
    const bad: string[] = [];
    let done = 0;
    await runSeeds(dealSeeds(['ring'], SEEDS), (report) => {
      done++;
      if (!isGood(report)) bad.push(describeReport(report));
      return bad.length < 5;
    });
    expect(bad.join('\n')).toBe('');
    expect(done).toBe(SEEDS);
  }, 600_000);
});
