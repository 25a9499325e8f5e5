import { expect, it } from 'vitest';
import type { BenchReport, Result } from './bench-report.ts';
import { CHARTS, drawChart } from './charts.ts';
import { replaceSection, tableOf } from './tables.ts';
import { SCENARIOS } from '../scenarios/scenarios.ts';

const result = (subject: string, figures: Result['figures'], skipped: string | null = null): Result => ({
  group: 'relay',
  subject,
  work: 'sparse',
  runs: figures === null ? 0 : 3,
  figures,
  skipped,
});

const reportOf = (results: Record<string, Result>): BenchReport => ({
  takenAt: '2026-11-22T02:30',
  machine: { description: 'a machine', load: 0.1 },
  programs: [],
  quick: false,
  results,
  programmes: {},
});

const SPARSE = reportOf({
  'bare-sparse-512': result('bare', { perSecond: 54_000.4, serverMicros: 18.42 }),
  'live-sparse-512': result('Sotto', { perSecond: 40_000, serverMicros: 25 }),
  'ejabberd-sparse-512': result('ejabberd', null, 'it is not installed'),
});

it('makes a table of what was measured, and says what was left out', () => {
  expect(tableOf(SPARSE, 'relay')).toBe(
    [
      '| what | with | msg/s | CPU µs/msg | runs |',
      '| --- | --- | ---: | ---: | ---: |',
      '| bare | sparse | 54,000 | 18.4 | 3 |',
      '| Sotto | sparse | 40,000 | 25.0 | 3 |',
      '',
      'Left out: ejabberd, sparse: it is not installed.',
    ].join('\n'),
  );
  expect(tableOf(SPARSE, 'storm')).toBeNull();
});

it('replaces what is between the marks, and nothing else', () => {
  const page = 'before\n<!-- bench:run -->old<!-- /bench:run -->\nafter';
  const once = replaceSection(page, 'run', 'new');
  expect(once).toBe('before\n<!-- bench:run -->\n\nnew\n\n<!-- /bench:run -->\nafter');
  expect(replaceSection(once, 'run', 'new')).toBe(once);
  expect(() => replaceSection('nothing', 'run', 'new')).toThrow('no place for run');
});

it('draws the same picture of the same figures, and none of nothing', async () => {
  const [chart] = CHARTS;
  const svg = await drawChart(chart!, SPARSE);
  expect(svg).toContain('Sotto, live-only');
  expect(svg).not.toContain('ejabberd');
  expect(await drawChart(chart!, SPARSE)).toBe(svg);
  expect(await drawChart(chart!, reportOf({}))).toBeNull();
});

it('draws scenarios that there are, each by a name of its own', () => {
  const names = SCENARIOS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { bars } of CHARTS) for (const { scenario } of bars) expect(names).toContain(scenario);
});
