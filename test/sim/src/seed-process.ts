/** Runs the seeds it is told of, one after the other: simulations share the work between processes. */
import { digestOf, runRingSeed } from './ring/run-ring-seed.ts';
import { runSeed } from './run-seed.ts';
import type { AnyScenario, SeedReport } from './seed-pool.ts';

let current: { scenario: AnyScenario; seed: number } | null = null;

function report(result: Omit<SeedReport, 'scenario' | 'seed'>): void {
  if (current !== null) process.send?.({ ...current, ...result } satisfies SeedReport);
  current = null;
}

const failure = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

// Nobody waited for it: what the programs do in the background must not fail unseen.
process.on('unhandledRejection', (error) => report({ digest: '', violations: [], failure: failure(error) }));

process.on('message', (job: { scenario: AnyScenario; seed: number }) => {
  current = job;
  if (job.scenario === 'ring') {
    const { events, violations } = runRingSeed(job.seed);
    report({ digest: digestOf(events), violations, failure: null });
    return;
  }
  runSeed(job.scenario, job.seed).then(
    ({ digest, violations }) => report({ digest, violations, failure: null }),
    (error: unknown) => report({ digest: '', violations: [], failure: failure(error) }),
  );
});
process.send?.('ready');
