import type { Browser } from 'playwright-core';
import { phoneSpeed, type PhoneSpeed } from './phone-speed.ts';
import { slowLine, type Line } from './slow-line.ts';

const PATIENCE_MS = 120_000;

/** A phone and its line. */
export interface Phone extends Line {
  readonly name: string;
  /** How fast the page's own thread is: a score; null: as this machine is. Workers run at this machine's speed. */
  readonly speed: number | null;
}

/** One opening in a fresh browser profile. */
export interface Opening {
  /** ms from the request until there is something to press or to write in; first visit, and with the service worker. */
  readonly firstMs: number;
  readonly againMs: number;
  /** Sum of the long tasks' time over 50 ms until then, first visit. */
  readonly blockedMs: number;
  readonly speed: PhoneSpeed;
}

/** The page of the node at a local port, by a phone. */
export async function openTwice(browser: Browser, port: number, phone: Phone): Promise<Opening> {
  const speed = await speedOf(browser, phone.speed);
  const line = await slowLine(port, phone);
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  try {
    const url = `http://127.0.0.1:${line.port}/`;
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const devtools = await context.newCDPSession(page);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: speed.rate });
    await page.addInitScript(WATCH);
    await page.goto(url, { waitUntil: 'commit' });
    const { usableMs, blockedMs } = await page.evaluate<Seen>('seen');
    await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
    await page.goto(url, { waitUntil: 'commit' });
    const { usableMs: againMs } = await page.evaluate<Seen>('seen');
    return { firstMs: usableMs, againMs, blockedMs, speed };
  } finally {
    await context.close();
    line.close();
  }
}

/** Found anew for each opening: a virtual machine is not as fast as it was a minute ago. */
async function speedOf(browser: Browser, wanted: number | null): Promise<PhoneSpeed> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const speed = await phoneSpeed(page, await context.newCDPSession(page), wanted);
  await context.close();
  return speed;
}

interface Seen {
  readonly usableMs: number;
  readonly blockedMs: number;
}

/** In the page: when something that can be pressed or written in was painted for the first time. */
const WATCH = `
  const tasks = [];
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries()));
  observer.observe({ type: 'longtask', buffered: true });
  globalThis.seen = new Promise((resolve) => {
    const look = () => {
      const found = document.querySelector('#root input, #root button');
      if (found === null || found.disabled) requestAnimationFrame(look);
      // Behind the frame that shows it.
      else setTimeout(painted);
    };
    const painted = () => {
      const usableMs = performance.now();
      // The task that did it is told of when it has ended.
      setTimeout(() => {
        tasks.push(...observer.takeRecords());
        const before = tasks.filter(({ startTime }) => startTime < usableMs);
        resolve({ usableMs, blockedMs: before.reduce((sum, { duration }) => sum + duration - 50, 0) });
      }, 200);
    };
    requestAnimationFrame(look);
  });
`;
