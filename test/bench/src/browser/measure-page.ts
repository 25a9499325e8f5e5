import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser } from 'playwright-core';
import { slowLine, type Line } from './slow-line.ts';

const CHROMIUM = '/usr/bin/chromium';
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'];
const DIST = fileURLToPath(new URL('../../../../packages/web/dist/', import.meta.url));
const RUNS = 3;
const PATIENCE_MS = 120_000;
const SOTTO = fileURLToPath(new URL('../../../../packages/sotto/src/sotto.ts', import.meta.url));

/** A phone and its line. */
interface Profile extends Line {
  readonly name: string;
  /** Of the page's own thread, by Chromium; workers run at this machine's speed. */
  readonly cpuSlowdown: number;
}

/** The lines are Chromium's presets "Fast 4G" and "Slow 4G", with the round trip that Lighthouse takes for the latter. */
const PROFILES: readonly Profile[] = [
  { name: 'this machine', cpuSlowdown: 1, roundTripMs: 0, kilobitsPerSecond: 0 },
  { name: 'mid-range phone, fast 4G', cpuSlowdown: 4, roundTripMs: 60, kilobitsPerSecond: 9000 },
  { name: 'mid-range phone, slow 4G', cpuSlowdown: 4, roundTripMs: 150, kilobitsPerSecond: 1600 },
];

interface PageTimes {
  readonly profile: string;
  /** ms from the request until there is something to press or to write in; first visit, and with the service worker. */
  readonly firstMs: number;
  readonly againMs: number;
  /** Sum of the long tasks' time over 50 ms, first visit. */
  readonly blockedMs: number;
}

export interface PageFigures {
  readonly shellBytes: number;
  readonly besideBytes: number;
  readonly times: readonly PageTimes[];
}

/** How fast the web client opens, and how much it loads; null where there is no Chromium or no built client. */
export async function measurePage(): Promise<PageFigures | null> {
  if (!existsSync(CHROMIUM) || !existsSync(`${DIST}build.json`)) return null;
  const node = spawn(process.execPath, [SOTTO, 'node', '--listen', '127.0.0.1:0', '--store', 'memory'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  try {
    const ready = await createInterface({ input: node.stdout })[Symbol.asyncIterator]().next();
    const port = Number(new URL(String(ready.value).split(' ')[1] ?? '').port);
    const times: PageTimes[] = [];
    for (const profile of PROFILES) {
      const line = await slowLine(port, profile);
      const runs: PageTimes[] = [];
      for (let run = 0; run < RUNS; run++)
        runs.push(await openTwice(browser, `http://127.0.0.1:${line.port}/`, profile));
      line.close();
      times.push(runs.sort((a, b) => a.firstMs - b.firstMs)[1]!);
    }
    return { ...(await sizes()), times };
  } finally {
    await browser.close();
    node.kill();
  }
}

async function openTwice(browser: Browser, url: string, profile: Profile): Promise<PageTimes> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const devtools = await context.newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: profile.cpuSlowdown });
  await page.addInitScript(WATCH);
  await page.goto(url, { waitUntil: 'commit' });
  const { usableMs, blockedMs } = await page.evaluate<Seen>('seen');
  await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
  await page.goto(url, { waitUntil: 'commit' });
  const { usableMs: againMs } = await page.evaluate<Seen>('seen');
  await context.close();
  return { profile: profile.name, firstMs: usableMs, againMs, blockedMs };
}

interface Seen {
  readonly usableMs: number;
  readonly blockedMs: number;
}

/** In the page: when something can be pressed or written in for the first time. */
const WATCH = `
  let blockedMs = 0;
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) blockedMs += task.duration - 50;
  }).observe({ type: 'longtask', buffered: true });
  globalThis.seen = new Promise((resolve) => {
    const look = () => {
      const found = document.querySelector('#root input, #root button');
      if (found === null || found.disabled) requestAnimationFrame(look);
      else resolve({ usableMs: performance.now(), blockedMs });
    };
    requestAnimationFrame(look);
  });
`;

async function sizes(): Promise<{ shellBytes: number; besideBytes: number }> {
  const { files } = JSON.parse(await readFile(`${DIST}build.json`, 'utf8')) as { files: Record<string, string> };
  const html = await readFile(`${DIST}index.html`, 'utf8');
  const sizeOf = async (path: string): Promise<number> =>
    (await stat(`${DIST}${path}.br`).catch(() => stat(`${DIST}${path}`))).size;
  let shellBytes = await sizeOf('index.html');
  let besideBytes = 0;
  for (const path of Object.keys(files)) {
    if (html.includes(`./${path}"`) && /\.(js|css)$/.test(path)) shellBytes += await sizeOf(path);
    else if (/^assets\/(worker-.*\.js|sqlite3-.*\.wasm)$/.test(path)) besideBytes += await sizeOf(path);
  }
  return { shellBytes, besideBytes };
}
