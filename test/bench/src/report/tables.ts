import { type FigureName, type Figures, formatFigure } from '../figures.ts';
import type { Group } from '../scenarios/scenario.ts';
import type { BenchReport, Result } from './bench-report.ts';

interface Column {
  readonly title: string;
  readonly figure: FigureName;
}

const column = (title: string, figure: FigureName): Column => ({ title, figure });

const RATE = column('msg/s', 'perSecond');
const CPU = column('CPU µs/msg', 'serverMicros');
const LATENCY = [column('p50 µs', 'p50Micros'), column('p99 µs', 'p99Micros'), column('p99.9 µs', 'p999Micros')];
const MEMORY = column('MB', 'endMegabytes');

/** Of each table of docs/benchmarks.md. */
export const COLUMNS: Readonly<Record<Group, readonly Column[]>> = {
  relay: [RATE, CPU, ...LATENCY, MEMORY],
  latency: [CPU, ...LATENCY],
  store: [
    column('stored/s', 'perSecond'),
    column('CPU µs', 'serverMicros'),
    column('delivered/s', 'deliveredPerSecond'),
    column('CPU µs', 'deliverMicros'),
    MEMORY,
  ],
  mixed: [
    RATE,
    CPU,
    column('live p50', 'p50Micros'),
    column('p99', 'p99Micros'),
    column('p99.9', 'p999Micros'),
    column('stored p50', 'storedP50Micros'),
    column('p99', 'storedP99Micros'),
    column('p99.9', 'storedP999Micros'),
    column('200 waiting, ms: p50', 'backlogP50Millis'),
    column('p99', 'backlogP99Millis'),
  ],
  idle: [
    column('connections', 'connections'),
    column('kB each', 'kilobytesPerConnection'),
    column('of it own state', 'stateKilobytesPerConnection'),
    column('CPU µs each, with registering', 'microsPerClient'),
    column('MB at start', 'startMegabytes'),
  ],
  storm: [
    column('clients', 'connections'),
    column('all back after s', 'seconds'),
    column('CPU µs each', 'microsPerClient'),
    column('who stayed: p50 µs', 'stayedP50Micros'),
    column('p99 µs', 'stayedP99Micros'),
    column('p99 µs before', 'calmP99Micros'),
  ],
  backlog: [
    column('first page µs', 'firstPageMicros'),
    column('CPU', 'firstPageCpuMicros'),
    column('last page µs', 'lastPageMicros'),
    column('CPU', 'lastPageCpuMicros'),
    column('acknowledge a page µs', 'acknowledgeMicros'),
    column('CPU', 'acknowledgeCpuMicros'),
    column('filled with msg/s', 'fillPerSecond'),
  ],
  operated: [
    RATE,
    column('CPU µs/msg, all', 'serverMicros'),
    column('edges', 'edgesMicros'),
    column('PostgreSQL', 'postgresMicros'),
    column('standby', 'standbyMicros'),
    column('Redis', 'redisMicros'),
    ...LATENCY,
    column('then delivered/s', 'deliveredPerSecond'),
  ],
};

/** One table in Markdown, in the order of the run; what was left out is said below it. null: nothing of it was meant to be. */
export function tableOf({ results }: BenchReport, group: Group): string | null {
  const rows = Object.values(results).filter((result) => result.group === group);
  const measured = rows.filter((row): row is Result & { readonly figures: Figures } => row.figures !== null);
  const columns = COLUMNS[group].filter(({ figure }) => measured.some(({ figures }) => figures[figure] !== undefined));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const cell = (figures: Figures, figure: FigureName): string => {
    const value = figures[figure];
    return value === undefined ? '' : formatFigure(figure, value);
  };
  const table = [
    line(['what', 'with', ...columns.map(({ title }) => title), 'runs']),
    line(['---', '---', ...columns.map(() => '---:'), '---:']),
    ...measured.map(({ subject, work, figures, runs }) =>
      line([subject, work, ...columns.map(({ figure }) => cell(figures, figure)), String(runs)]),
    ),
  ];
  const notes = rows
    .filter(({ skipped }) => skipped !== null)
    .map(({ subject, work, skipped }) => `Left out: ${subject}, ${work}: ${skipped}.`);
  if (rows.length === 0) return null;
  if (measured.length === 0) return notes.join('\n\n');
  return [table.join('\n'), ...notes].join('\n\n');
}

/** Where and when, above a table. */
export function describeRun({ machine, programs, takenAt, quick }: BenchReport): string {
  const [day, time] = takenAt.split('T');
  const short = quick ? ' (`--quick`)' : '';
  return `${machine.description}; ${programs.join(', ')}; ${day} ${time} UTC${short}, load of the machine before it ${machine.load}.`;
}

/** Replaces what is between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`. @throws when a text has no such place */
export function replaceSection(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [from, to] = [text.indexOf(open), text.indexOf(close)];
  if (from < 0 || to < from) throw new Error(`no place for ${name}`);
  return `${text.slice(0, from + open.length)}\n\n${content}\n\n${text.slice(to)}`;
}
