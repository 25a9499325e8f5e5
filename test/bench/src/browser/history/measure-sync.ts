import type { Page } from 'playwright-core';
import type { Span } from './in-page.ts';
import { until } from './people.ts';
import type { Sender } from './sender.ts';

const SYNCED = 10_000;
/** A node keeps 10,000 messages for somebody who is away: the last of them come while the tab is open. */
const BEFORE = 9_800;
const LIVE = 1_000;
const BETWEEN_KEYS_MS = 120;
const LETTERS = ['w', 'h', 'e', 'n', 'Space'];

export interface SyncFigures {
  /** 10,000 messages that wait when the tab is opened, while something is written to somebody else. */
  readonly waiting: Span;
  readonly listMs: number;
  readonly perSecond: number;
  /** 1,000 that come while their conversation is read, and written in. */
  readonly live: Span;
  readonly livePerSecond: number;
}

export interface SyncParts {
  readonly sender: Sender;
  /** Address of somebody else, whose conversation is open meanwhile. */
  readonly other: string;
}

/** @param openPage a tab that has not gone anywhere */
export async function measureSync(openPage: () => Promise<Page>, url: string, parts: SyncParts): Promise<SyncFigures> {
  const { sender, other } = parts;
  const address = await sender.address;
  await sender.send(BEFORE);
  const page = await openPage();
  await page.goto(url, { waitUntil: 'commit' });
  const listMs = await page.evaluate<number>('bench.until(() => bench.rows().length > 5, 0)');
  const begun = await page.evaluate<number>('bench.begin()');
  await page.locator(`nav a[data-conversation="${other}"]`).click();
  const sending = sender.send(SYNCED - BEFORE);
  await typeUntil(page, `bench.arrivals.length >= ${SYNCED}`);
  await sending;
  const waiting = await page.evaluate<Span>(`bench.since(Math.min(${begun}, bench.arrivals[0]))`);
  const perSecond = await page.evaluate<number>(RATE);

  await page.locator(`nav a[data-conversation="${address}"]`).click();
  await page.waitForTimeout(1000);
  await page.evaluate('bench.arrivals.length = 0');
  const from = await page.evaluate<number>('performance.now()');
  const live = sender.send(LIVE);
  await typeUntil(page, `bench.arrivals.length >= ${LIVE}`);
  await live;
  const liveSpan = await page.evaluate<Span>(`bench.since(${from})`);
  return { waiting, listMs, perSecond, live: liveSpan, livePerSecond: await page.evaluate<number>(RATE) };
}

const RATE = '(bench.arrivals.length - 1) / ((bench.arrivals.at(-1) - bench.arrivals[0]) / 1000)';

/** Somebody writes all the while. */
async function typeUntil(page: Page, test: string): Promise<void> {
  const box = page.locator('textarea').first();
  await box.focus();
  let letters = 0;
  await until(async () => {
    await page.keyboard.press(LETTERS[letters++ % LETTERS.length] ?? 'a');
    await page.waitForTimeout(BETWEEN_KEYS_MS);
    return await page.evaluate<boolean>(test);
  });
}
