// npm run sim -- [--seeds N] [--first SEED] [--scenario NAME] [--processes N] [--replay SEED]
import { parseArgs } from 'node:util';
import { runRingSeed } from './ring/run-ring-seed.ts';
import { dealSeeds, describeReport, isGood, runSeeds } from './run-seeds.ts';
import { runSeed } from './run-seed.ts';
import { LEARNT, SCENARIO_NAMES } from './scenarios.ts';
import type { AnyScenario } from './seed-pool.ts';
import { START_MS } from './world.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    first: { type: 'string', default: '1' },
    processes: { type: 'string', default: '2' },
    scenario: { type: 'string' },
    replay: { type: 'string' },
  },
});

const NAMES: readonly AnyScenario[] = [...SCENARIO_NAMES, 'ring'];

function scenarioOf(name: string | undefined): AnyScenario | null {
  if (name === undefined) return null;
  const found = NAMES.find((known) => known === name);
  if (found !== undefined) return found;
  console.error(`There is no scenario ${name}; there are ${NAMES.join(', ')}.`);
  process.exit(64);
}

function countOf(text: string, option: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  console.error(`--${option} takes a whole number above 0.`);
  process.exit(64);
}

const scenario = scenarioOf(values.scenario);
process.exitCode = values.replay === undefined ? await runMany() : await replay(countOf(values.replay, 'replay'));

async function replay(seed: number): Promise<number> {
  if (scenario === null) {
    console.error('--replay needs --scenario.');
    return 64;
  }
  if (scenario === 'ring') return replayRing(seed);
  const result = await runSeed(scenario, seed, (atMs, event) =>
    console.log(`${atMs - START_MS} ${JSON.stringify(event)}`),
  );
  for (const { rule, text } of result.violations) console.log(`${rule}: ${text}`);
  console.log(`${result.events.length} events, digest ${result.digest}, ${result.violations.length} violations`);
  return result.violations.length === 0 ? 0 : 1;
}

function replayRing(seed: number): number {
  const { events, violations } = runRingSeed(seed, null, (atMs, event) =>
    console.log(`${atMs} ${JSON.stringify(event)}`),
  );
  for (const { rule, text } of violations) console.log(`${rule}: ${text}`);
  console.log(`${events.length} events, ${violations.length} violations`);
  return violations.length === 0 ? 0 : 1;
}

async function runMany(): Promise<number> {
  const seeds = dealSeeds(
    scenario === null ? LEARNT : [scenario],
    countOf(values.seeds, 'seeds'),
    countOf(values.first, 'first'),
  );
  const startedAt = process.hrtime.bigint();
  let done = 0;
  let bad = 0;
  await runSeeds(
    seeds,
    (report) => {
      done++;
      if (!isGood(report)) {
        bad++;
        console.log(describeReport(report));
      }
      if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${seeds.length} seeds, ${bad} bad `);
      return true;
    },
    countOf(values.processes, 'processes'),
  );
  const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
  console.log(`${done} seeds, ${bad} bad, ${(done / seconds).toFixed(1)} a second`);
  return bad === 0 ? 0 : 1;
}
