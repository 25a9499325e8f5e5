import { readFile } from 'node:fs/promises';
import type { BrowserContext, Page } from 'playwright-core';

const MEGABYTE = 2 ** 20;

export interface MemoryFigures {
  /** JavaScript of the page, after collecting garbage. */
  readonly pageMegabytes: number;
  /** Of the process that the page and its worker share: the database, its cache and the index of words, too. null: not on Linux. */
  readonly processMegabytes: number | null;
}

export async function measureMemory(context: BrowserContext, page: Page): Promise<MemoryFigures> {
  const devtools = await context.newCDPSession(page);
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  await devtools.detach();
  return {
    pageMegabytes: usedSize / MEGABYTE,
    processMegabytes: await processMegabytes(context),
  };
}

/** Proportional share of the largest process that renders: the only one with a profile open. */
async function processMegabytes(context: BrowserContext): Promise<number | null> {
  const browser = context.browser();
  if (browser === null || process.platform !== 'linux') return null;
  const devtools = await browser.newBrowserCDPSession();
  const { processInfo } = await devtools.send('SystemInfo.getProcessInfo');
  await devtools.detach();
  const sizes = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => proportionalMegabytes(id));
  return Math.max(...(await Promise.all(sizes)));
}

async function proportionalMegabytes(process: number): Promise<number> {
  const rollup = await readFile(`/proc/${process}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0) / 1024;
}
