import type { CDPSession, Page } from 'playwright-core';
import type { Span } from './in-page.ts';
import { RARE_WORD, type LongHistory } from './long-history.ts';
import { word } from '../../words.ts';

const SCROLLED = 5000;
const WHEEL_PX = 1000;
const MOST_TURNS = 1500;
const RARE_NUMBER = 1500;

export interface ReadingFigures {
  /** From the press until its newest message can be seen. */
  readonly largestMs: number;
  readonly largest: Span;
  readonly scrolled: number;
  readonly scroll: Span;
  /** From the press on a quote until what it quotes, 10,000 messages before, can be seen. */
  readonly quoteMs: number;
  readonly quote: Span;
  /** From the last key of a rare word until the message can be seen, 1,500 from the beginning. */
  readonly findMs: number;
  readonly searches: readonly SearchFigures[];
}

interface SearchFigures {
  readonly what: string;
  readonly found: number;
  /** From the last key until it can be seen; and of that, until the engine has answered, as the page sees it. */
  readonly shownMs: number;
  readonly engineMs: number;
}

/** Reading in a tab that shows the list and whose whole history is searched. */
export async function measureReading(page: Page, { largest, messagesOfLargest }: LongHistory): Promise<ReadingFigures> {
  const begun = await page.evaluate<number>('bench.begin()');
  const sees = (number: number): string => `bench.until(() => bench.numbers().includes(${number}))`;
  const link = `nav a[data-conversation="${largest}"]`;
  const largestMs = await page.evaluate<number>(
    `document.querySelector('${link}').click(), ${sees(messagesOfLargest)}`,
  );
  await page.waitForTimeout(500);
  const opened = await page.evaluate<Span>(`bench.since(${begun})`);

  const { scrolled, span: scroll } = await scrollUp(page, messagesOfLargest);

  await page.getByRole('button', { name: 'To the newest message' }).click();
  await page.evaluate(sees(messagesOfLargest));
  await page.waitForTimeout(500);
  const jumpAt = await page.evaluate<number>('performance.now()');
  const quoteMs = await page.evaluate<number>(JUMP);
  await page.waitForTimeout(500);
  const quote = await page.evaluate<Span>(`bench.since(${jumpAt})`);

  await page.keyboard.press('Control+f');
  await page.keyboard.insertText(RARE_WORD);
  const findMs = await page.evaluate<number>(sees(RARE_NUMBER));
  await page.keyboard.press('Escape');

  const searches: SearchFigures[] = [];
  for (const [what, text] of [
    ['one message has it', RARE_WORD],
    ['a common word', word(2)],
    ['a beginning of one letter', 'a'],
    ['two words', `${word(3)} ${word(5)}`],
  ] as const)
    searches.push({ what, ...(await search(page, text)) });
  await page.evaluate('bench.end()');
  return { largestMs, largest: opened, scrolled, scroll, quoteMs, quote, findMs, searches };
}

/** A turn of the wheel as soon as the one before was taken. */
async function scrollUp(page: Page, newest: number): Promise<{ scrolled: number; span: Span }> {
  const box = await page.getByTestId('messages').boundingBox();
  if (box === null) throw new Error('there is no list of messages');
  const devtools: CDPSession = await page.context().newCDPSession(page);
  const place = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const from = await page.evaluate<number>('performance.now()');
  let oldest = newest;
  for (let turn = 0; turn < MOST_TURNS && newest - oldest < SCROLLED; turn++) {
    await devtools.send('Input.dispatchMouseEvent', { type: 'mouseWheel', ...place, deltaX: 0, deltaY: -WHEEL_PX });
    if (turn % 10 === 0) oldest = await page.evaluate<number>('Math.min(...bench.numbers().filter(Number.isFinite))');
    if (!Number.isFinite(oldest)) oldest = newest;
  }
  const span = await page.evaluate<Span>(`bench.since(${from})`);
  await devtools.detach();
  return { scrolled: newest - oldest, span };
}

/** Presses the newest quote that can be seen, scrolling up to it first. */
const JUMP = `(async () => {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const scroller = document.querySelector('[data-testid=messages]');
  let quote = null;
  for (let turn = 0; quote === null && turn < 600; turn++) {
    const box = scroller.getBoundingClientRect();
    quote = [...scroller.querySelectorAll('article button[title]')].find((one) => {
      const { top, bottom } = one.getBoundingClientRect();
      return /#\\d+/.test(one.textContent) && top > box.top && bottom < box.bottom;
    }) ?? null;
    if (quote === null) scroller.scrollBy(0, -300);
    await frame();
  }
  const wanted = Number(/#(\\d+)/.exec(quote.textContent)[1]);
  quote.click();
  return bench.until(() => bench.numbers().includes(wanted));
})()`;

async function search(page: Page, text: string): Promise<Omit<SearchFigures, 'what'>> {
  const field = page.locator('[role=search] input').first();
  await field.click();
  await field.fill('');
  const shownMs = await page.evaluate<number>(
    `(() => {
      const before = bench.calls.length;
      const at = performance.now();
      const field = document.activeElement;
      document.execCommand('insertText', false, ${JSON.stringify(text)});
      return bench.until(() =>
        bench.calls.slice(before).some(({ method }) => method === 'search') &&
        document.querySelector('section a mark') !== null, at);
    })()`,
  );
  const engineMs = await page.evaluate<number>("bench.calls.findLast(({ method }) => method === 'search').ms");
  const found = await page.locator('section a:has(mark)').count();
  await field.fill('');
  await page.waitForTimeout(300);
  return { found, shownMs, engineMs };
}
