import type { FigureName, Figures } from './figures.ts';
import type { Result } from './report/bench-report.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { medianOfEach } from './statistics.ts';

/** What fails is left out and said: one peer that does not start is no reason to lose the other figures. */
export async function measureScenario(
  scenario: Scenario,
  count: number,
  scale: number,
  progress: (step: string) => void,
): Promise<Result> {
  const { group, subject, work, missing, measure } = scenario;
  const runs: Figures[] = [];
  let skipped = missing();
  for (let run = 0; run < count && skipped === null; run++) {
    progress(`${scenario.name} ${run + 1}/${count}`);
    try {
      const figures = await measure(scale);
      if ('skipped' in figures) skipped = figures.skipped;
      else runs.push(figures);
    } catch (error) {
      skipped = error instanceof Error ? error.message : String(error);
    }
  }
  return {
    group,
    subject,
    work,
    runs: runs.length,
    figures: runs.length === 0 ? null : medianOfEach<FigureName>(runs),
    skipped,
  };
}
