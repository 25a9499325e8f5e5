// node test/bench/src/report/main.ts FILE.json: writes the tables and charts of docs/benchmarks.md from a run's --json
import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import type { BenchReport } from './bench-report.ts';
import { CHARTS, drawChart } from './charts.ts';
import { COLUMNS, describeRun, replaceSection, tableOf } from './tables.ts';

const DOCS = new URL('../../../../docs/', import.meta.url);
const PAGE = new URL('benchmarks.md', DOCS);

const file = process.argv[2];
if (file === undefined) throw new Error('which file? npm run bench -- --json FILE writes it');
const report = JSON.parse(await readFile(file, 'utf8')) as BenchReport;

let text = replaceSection(await readFile(PAGE, 'utf8'), 'run', describeRun(report));
for (const group of Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]) {
  text = replaceSection(text, group, tableOf(report, group));
}
for (const chart of CHARTS) {
  const svg = await drawChart(chart, report);
  if (svg !== null) await writeFile(new URL(`images/${chart.name}.svg`, DOCS), svg);
}
const style = await resolveConfig(PAGE);
await writeFile(PAGE, await format(text, { ...style, parser: 'markdown' }));
