import { replayCommand } from './run-seed.ts';
import { type AnyScenario, type SeedReport, SeedProcess } from './seed-pool.ts';

export interface Seed {
  readonly scenario: AnyScenario;
  readonly seed: number;
}

/** Two cores are what every machine has. */
const PROCESSES = 2;

/** Runs seeds in several processes. @param onReport told of each as it ends; false: enough */
export async function runSeeds(
  seeds: readonly Seed[],
  onReport: (report: SeedReport) => boolean,
  processes = PROCESSES,
): Promise<void> {
  const waiting = [...seeds];
  const work = async (): Promise<void> => {
    const process = new SeedProcess(null);
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        if (!onReport(await process.run(next.scenario, next.seed))) waiting.length = 0;
      }
    } finally {
      process.end();
    }
  };
  await Promise.all(Array.from({ length: processes }, work));
}

/** Seeds 1, 2, 3 … dealt to the scenarios in turn. @param first begins there instead */
export function dealSeeds(scenarios: readonly AnyScenario[], count: number, first = 1): Seed[] {
  return Array.from({ length: count }, (_, at) => ({
    scenario: scenarios[at % scenarios.length]!,
    seed: Math.floor(at / scenarios.length) + first,
  }));
}

/** What a person reads of a seed that went wrong. */
export function describeReport({ scenario, seed, violations, failure }: SeedReport): string {
  const counts = new Map<string, number>();
  for (const { rule, text } of violations) counts.set(`${rule}: ${text}`, (counts.get(`${rule}: ${text}`) ?? 0) + 1);
  const lines = [...counts].map(([line, count]) => (count === 1 ? `  ${line}` : `  ${line} (${count} times)`));
  if (failure !== null) lines.push(`  broke: ${failure}`);
  return [`${scenario} ${seed}`, ...lines, `  again: ${replayCommand(scenario, seed)}`].join('\n');
}

export const isGood = ({ violations, failure }: SeedReport): boolean => violations.length === 0 && failure === null;
