import type { BrowserContext, Page } from 'playwright-core';
import { measureMemory, type MemoryFigures } from './memory.ts';
import { word } from '../../words.ts';

const OPENINGS = 5;

/** In ms from the beginning of the navigation. */
interface Opening {
  /** Conversations can be seen and pressed. */
  readonly listMs: number;
  /** And how each ends. */
  readonly previewsMs: number;
  /** A word typed as soon as there is a field for it has been found, */
  readonly firstAnswerMs: number;
  /** and everything has been searched. */
  readonly allSearchedMs: number;
  readonly longTasks: number;
  readonly longestMs: number;
  readonly blockedMs: number;
}

export interface OpeningFigures {
  /** After restoring, when there is no index of the words yet, in the tab that restored. */
  readonly firstIndexMs: number;
  readonly median: Opening;
  readonly memory: MemoryFigures;
  readonly keptMegabytes: number;
}

/** A tab of its own each time. */
export async function measureOpening(
  context: BrowserContext,
  url: string,
): Promise<Omit<OpeningFigures, 'firstIndexMs'>> {
  const openings: Opening[] = [];
  for (let turn = 0; turn < OPENINGS; turn++) {
    const page = await context.newPage();
    openings.push(await open(page, url));
    await closed(page);
  }
  const middle = (of: keyof Opening): number =>
    openings.map((one) => one[of]).toSorted((a, b) => a - b)[OPENINGS >> 1]!;
  const median: Opening = {
    listMs: middle('listMs'),
    previewsMs: middle('previewsMs'),
    firstAnswerMs: middle('firstAnswerMs'),
    allSearchedMs: middle('allSearchedMs'),
    longTasks: middle('longTasks'),
    longestMs: middle('longestMs'),
    blockedMs: middle('blockedMs'),
  };
  const page = await context.newPage();
  await open(page, url);
  const memory = await measureMemory(context, page);
  const kept = await page.evaluate<number>('navigator.storage.estimate().then(({ usage }) => usage)');
  await closed(page);
  return { median, memory, keptMegabytes: kept / 2 ** 20 };
}

/** The next one finds a profile that nobody has open. */
export async function closed(page: Page): Promise<void> {
  await page.close();
  await new Promise((resolve) => setTimeout(resolve, 1000));
}

async function open(page: Page, url: string): Promise<Opening> {
  await page.goto(url, { waitUntil: 'commit' });
  const listMs = await page.evaluate<number>('bench.until(() => bench.rows().length > 5, 0)');
  const shown = `bench.until(() => [...bench.rows()].every((row) => / [a-z]{3}/.test(row.textContent)), 0)`;
  const previewsMs = await page.evaluate<number>(shown);
  await type(page, word(1));
  const firstAnswerMs = await page.evaluate<number>(
    "bench.until(() => document.querySelector('section a mark') !== null, 0)",
  );
  await untilSearched(page);
  return await page.evaluate<Opening>(`(() => {
    const { longTasks, longestMs, blockedMs } = bench.since(0);
    const { at, ms } = bench.calls.find(({ indexed, total }) => indexed !== undefined && indexed === total);
    return { listMs: ${listMs}, previewsMs: ${previewsMs}, firstAnswerMs: ${firstAnswerMs}, allSearchedMs: at + ms, longTasks, longestMs, blockedMs };
  })()`);
}

/** Types into the field of the list. */
async function type(page: Page, text: string): Promise<void> {
  const field = page.locator('[role=search] input').first();
  await field.fill(text);
}

/** The page asks again each second until it is told that this was everything. @returns when, in ms of the page */
export async function untilSearched(page: Page): Promise<number> {
  await type(page, word(1));
  const test = 'bench.calls.some(({ indexed, total }) => indexed !== undefined && indexed === total)';
  const at = await page.evaluate<number>(`bench.until(() => ${test}, 0)`);
  await type(page, '');
  return at;
}
