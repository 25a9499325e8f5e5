import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { openTwice, type Opening, type Phone } from './open-twice.ts';
import { LOW_END, MID_RANGE } from './phone-speed.ts';
import type { Line } from './slow-line.ts';

const CHROMIUM = '/usr/bin/chromium';
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'];
const DIST = fileURLToPath(new URL('../../../../packages/web/dist/', import.meta.url));
const OPENINGS = 5;
const SOTTO = fileURLToPath(new URL('../../../../packages/sotto/src/sotto.js', import.meta.url));

/** As Lighthouse's default for phones. */
const SLOW_4G: Line = { roundTripMs: 150, kilobitsPerSecond: 1600, upKilobitsPerSecond: 750 };
/** Chromium's preset, without the factors by which its throttling of requests stands for that of packets. */
const FAST_4G: Line = { roundTripMs: 60, kilobitsPerSecond: 9000, upKilobitsPerSecond: 1500 };
const NO_LINE: Line = { roundTripMs: 0, kilobitsPerSecond: 0, upKilobitsPerSecond: 0 };

const PHONES: readonly Phone[] = [
  { name: 'this machine', speed: null, ...NO_LINE },
  { name: 'mid-range phone, fast 4G', speed: MID_RANGE, ...FAST_4G },
  { name: 'mid-range phone, slow 4G', speed: MID_RANGE, ...SLOW_4G },
  { name: 'low-end phone, slow 4G', speed: LOW_END, ...SLOW_4G },
];

export interface PageTimes {
  readonly phone: string;
  /** In the order in which they were. */
  readonly openings: readonly Opening[];
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
    for (const phone of PHONES) {
      const openings: Opening[] = [];
      for (let run = 0; run < OPENINGS; run++) openings.push(await openTwice(browser, port, phone));
      times.push({ phone: phone.name, openings });
    }
    return { ...(await sizes()), times };
  } finally {
    await browser.close();
    node.kill();
  }
}

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
