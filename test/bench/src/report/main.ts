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

let text = await readFile(PAGE, 'utf8');
for (const group of Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]) {
  // A run of some alone leaves the tables of the others as they are.
  const table = tableOf(report, group);
  if (table === null) continue;
  const parts = [describeRun(report), table];
  for (const chart of CHARTS) {
    const svg = chart.group === group ? await drawChart(chart, report) : null;
    if (svg === null) continue;
    await writeFile(new URL(`images/${chart.name}.svg`, DOCS), svg);
    parts.push(`![${chart.title}](images/${chart.name}.svg)`);
  }
  text = replaceSection(text, group, parts.join('\n\n'));
}
const style = await resolveConfig(PAGE);
await writeFile(PAGE, await format(text, { ...style, parser: 'markdown' }));
