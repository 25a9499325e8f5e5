import type { PageFigures, PageTimes } from './measure-page.ts';

/** For people: a line for each phone. */
export function describePage({ shellBytes, besideBytes, times }: PageFigures): string {
  const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000)} kB`;
  return [
    ...times.map(describeTimes),
    `first screen ${kilobytes(shellBytes)}, engine and database beside it ${kilobytes(besideBytes)} (brotli)`,
  ].join('\n    ');
}

function describeTimes({ phone, openings }: PageTimes): string {
  const sorted = (of: (opening: PageTimes['openings'][number]) => number): readonly number[] =>
    openings.map(of).sort((a, b) => a - b);
  const spread = (values: readonly number[], digits = 0): string =>
    `${middle(values).toFixed(digits)} (${values[0]!.toFixed(digits)}-${values.at(-1)!.toFixed(digits)})`;
  const toWorst = (values: readonly number[]): string =>
    `${Math.round(middle(values))} ms, worst of ${values.length} ${Math.round(values.at(-1)!)} ms`;
  return [
    `${phone}: first visit ${toWorst(sorted(({ firstMs }) => firstMs))}`,
    `of it ${Math.round(middle(sorted(({ blockedMs }) => blockedMs)))} ms of long tasks`,
    `again ${toWorst(sorted(({ againMs }) => againMs))}`,
    `page's thread slowed down ${spread(
      sorted(({ speed }) => speed.rate),
      1,
    )} times, then scores ${spread(sorted(({ speed }) => speed.score))}`,
  ].join('; ');
}

const middle = (values: readonly number[]): number => values[Math.floor(values.length / 2)]!;
