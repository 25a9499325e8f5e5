import { checkHistory, type Violation } from './history-checker.ts';
import type { HistoryEvent } from './history-events.ts';
import { RandomSource } from './random-source.ts';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';
import { type OnEvent, World } from './world.ts';

export interface RunResult {
  readonly scenario: ScenarioName;
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly events: readonly HistoryEvent[];
  /** The same for the same seed, always. */
  readonly digest: string;
}

/** Runs one seed of a scenario and judges it. */
export async function runSeed(
  scenario: ScenarioName,
  seed: number,
  onEvent: OnEvent = () => undefined,
): Promise<RunResult> {
  const random = new RandomSource(`${scenario}/${seed}`);
  const world = await World.create(SCENARIOS[scenario](random.fork('plan')), random, onEvent);
  try {
    await world.run();
  } finally {
    world.end();
  }
  const { events } = world.journal;
  return { scenario, seed, events, violations: checkHistory(events), digest: world.journal.digest() };
}

/** The command that runs it again, with everything that happens. */
export const replayCommand = (scenario: ScenarioName | 'ring', seed: number): string =>
  `npm run sim -- --scenario ${scenario} --replay ${seed}`;
