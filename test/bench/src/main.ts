// npm run bench -- [--quick] [--all] [--only NAME,NAME] [--runs N] [--json FILE] [--try] [--list]: docs/benchmarks.md
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { describeFigures } from './figures.ts';
import { PROGRAMMES } from './programmes.ts';
import { measureScenario } from './measure-scenario.ts';
import type { BenchReport } from './report/bench-report.ts';
import { describeMachine, describeProgrammes } from './report/machine.ts';
import { SCENARIOS } from './scenarios/scenarios.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    runs: { type: 'string' },
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    try: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});
// After a colon a programme is told what of it is wanted.
const wanted = values.only?.split(',').map((part) => part.split(':')[0] ?? part);
const isWanted = (name: string): boolean => wanted === undefined || wanted.some((part) => name.includes(part));
const runs = values.try ? 1 : values.runs === undefined ? null : Number(values.runs);
const progress = (step: string): void => void process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${step}` : '');

if (values.list) {
  for (const { name } of [...SCENARIOS, ...PROGRAMMES]) console.log(name);
  process.exit();
}

// Whoever started something ends it when this process exits.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const startedAt = performance.now();
const report: BenchReport = {
  takenAt: new Date().toISOString().slice(0, 16),
  machine: describeMachine(),
  programs: await describeProgrammes(),
  quick: values.quick,
  results: {},
  programmes: {},
};
console.log(
  `${report.machine.description}\n${report.programs.join(', ')}\nservers on one core, loads on another; medians\n`,
);

/** After each measurement: whatever ends the run, what it has found out is there. */
async function save(): Promise<void> {
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
}

for (const scenario of SCENARIOS) {
  const count = runs ?? (values.quick && wanted === undefined ? scenario.quickRuns : scenario.runs);
  if (!isWanted(scenario.name) || count === 0) continue;
  const result = await measureScenario(scenario, count, values.try ? 0.02 : 1, progress);
  report.results[scenario.name] = result;
  await save();
  progress('');
  const outcome = result.figures === null ? `left out: ${result.skipped}` : describeFigures(result.figures);
  const note = result.skipped !== null && result.figures !== null ? `\n    ${result.skipped}` : '';
  console.log(`${scenario.subject}: ${scenario.work}  [${scenario.name}]\n    ${outcome}${note}`);
}

for (const programme of PROGRAMMES) {
  const isMeant = wanted === undefined ? values.all || (programme.isShort && !values.quick) : isWanted(programme.name);
  if (!isMeant) continue;
  const { lines, figures } = await programme.run({ only: values.only ?? '', runs, progress });
  report.programmes[programme.name] = figures;
  await save();
  progress('');
  console.log(lines.join('\n'));
}

console.log(
  `\n${((performance.now() - startedAt) / 60_000).toFixed(1)} minutes, load of the machine ${report.machine.load}`,
);
