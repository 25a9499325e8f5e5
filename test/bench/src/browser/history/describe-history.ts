import type { HistoryFigures } from './measure-history.ts';
import type { Span } from './in-page.ts';
import type { MemoryFigures } from './memory.ts';

export function describeHistory(figures: HistoryFigures): string {
  const { opening, reading, memoryAfterReading, sync } = figures;
  const { median } = opening;
  const lines = [
    `backup of ${megabytes(figures.backupMegabytes)} restored in ${seconds(figures.restoreMs)}, all of it searched ${seconds(opening.firstIndexMs)} later; ${megabytes(opening.keptMegabytes)} in the browser's storage`,
    `opening: list ${ms(median.listMs)}, last words of each ${ms(median.previewsMs)}, first words found ${ms(median.firstAnswerMs)}, all of it searched ${ms(median.allSearchedMs)}; ${median.longTasks} long tasks, ${ms(median.blockedMs)} blocked`,
    `memory: ${memory(opening.memory)}; after reading ${memory(memoryAfterReading)}`,
    `largest conversation: its end ${ms(reading.largestMs)}; ${span(reading.largest)}`,
    `${reading.scrolled.toLocaleString('en')} messages up by wheel: ${seconds(reading.scroll.ms)}; ${span(reading.scroll)}, ${reading.scroll.blankFrames} without a message`,
    `to a message quoted from 10,000 before ${ms(reading.quoteMs)}; ${span(reading.quote)}`,
    `a rare word found and shown in its place ${ms(reading.findMs)}`,
    ...reading.searches.map(
      ({ what, found, shownMs, engineMs }) =>
        `search, ${what} (${found} shown): answer ${ms(engineMs)}, on the screen ${ms(shownMs)}`,
    ),
    `10,000 that wait while it is opened (list ${ms(sync.listMs)}): ${Math.round(sync.perSecond)} a second; ${span(sync.waiting)}; ${keys(sync.waiting)}`,
    `1,000 that come into the open conversation: ${Math.round(sync.livePerSecond)} a second; ${span(sync.live)}; ${keys(sync.live)}`,
    `${seconds(figures.tookMs)} in all, load ${figures.load.toFixed(0)}`,
  ];
  return lines.join('\n    ');
}

const ms = (value: number): string => `${Math.round(value)} ms`;
const seconds = (value: number): string => `${(value / 1000).toFixed(1)} s`;
const megabytes = (value: number): string => `${value.toFixed(value < 20 ? 1 : 0)} MB`;

const span = ({ longTasks, longestMs, blockedMs, frameP50Ms, frameP95Ms, frameWorstMs }: Span): string =>
  `${longTasks} long tasks (longest ${ms(longestMs)}, ${ms(blockedMs)} blocked), frames ${ms(frameP50Ms)}, p95 ${ms(frameP95Ms)}, worst ${ms(frameWorstMs)}`;

const keys = (one: Span): string =>
  `${one.keys} keys shown after ${ms(one.keyP50Ms)}, p95 ${ms(one.keyP95Ms)}, worst ${ms(one.keyWorstMs)}`;

function memory({ pageMegabytes, processMegabytes }: MemoryFigures): string {
  const whole =
    processMegabytes === null ? '' : `, whole process with worker and database ${megabytes(processMegabytes)}`;
  return `page ${megabytes(pageMegabytes)} of JavaScript${whole}`;
}
