import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { IN_PAGE } from './in-page.ts';
import { MESSAGES, writeBackupFile, writeLongHistory, type LongHistory } from './long-history.ts';
import { closed, measureOpening, untilSearched, type OpeningFigures } from './measure-opening.ts';
import { measureReading, type ReadingFigures } from './measure-reading.ts';
import { measureSync, type SyncFigures } from './measure-sync.ts';
import { measureMemory, type MemoryFigures } from './memory.ts';
import { acceptFirst, person, until } from './people.ts';
import { Sender } from './sender.ts';

const CHROMIUM = '/usr/bin/chromium';
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'];
const DIST =
  process.env['SOTTO_WEB_BUILD'] ?? fileURLToPath(new URL('../../../../../packages/web/dist/', import.meta.url));
const SOTTO = fileURLToPath(new URL('../../../../../packages/sotto/src/sotto.js', import.meta.url));
const PASSPHRASE = 'of the benchmark alone';

export interface HistoryFigures {
  /** Of the machine, at the end. */
  readonly load: number;
  readonly tookMs: number;
  readonly messages: number;
  readonly backupMegabytes: number;
  readonly restoreMs: number;
  readonly opening: OpeningFigures;
  readonly reading: ReadingFigures;
  readonly memoryAfterReading: MemoryFigures;
  readonly sync: SyncFigures;
}

/**
 * The web client with 100,000 messages: they are written by an engine in this process, go through a backup file and
 * the screen that restores it into Chromium's own storage, and are then read there. null where there is no Chromium
 * or no built client.
 */
export async function measureHistory(onStep: (step: string) => void): Promise<HistoryFigures | null> {
  if (!existsSync(CHROMIUM) || !existsSync(join(DIST, 'build.json'))) return null;
  const begun = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'sotto-history-'));
  const args = ['node', '--json', '--store', 'memory', '--listen', '127.0.0.1:0', '--data', join(folder, 'node')];
  const node = spawn(process.execPath, [SOTTO, ...args, '--web', DIST], { stdio: ['ignore', 'pipe', 'ignore'] });
  let context: BrowserContext | null = null;
  let sender: Sender | null = null;
  try {
    const ready = await createInterface({ input: node.stdout })[Symbol.asyncIterator]().next();
    const { url } = JSON.parse(String(ready.value)) as { url: string };
    onStep('writing the history');
    const ada = await person(folder, 'Ada', url);
    sender = new Sender(folder, url, (await ada.engine.whoami({})).invite);
    await acceptFirst(ada.engine);
    await sender.address;
    await ada.engine.close();
    const history = writeLongHistory(ada.profile.platform, Date.now());
    const backup = join(folder, 'ada.sottobackup');
    const backupBytes = await writeBackupFile(ada.profile.platform, backup, PASSPHRASE);
    ada.profile.close();

    // A profile on the disk: in a private window the browser keeps files in memory, at another price.
    context = await chromium.launchPersistentContext(join(folder, 'browser'), {
      executablePath: CHROMIUM,
      args: ARGUMENTS,
      viewport: { width: 1280, height: 800 },
      locale: 'en-GB',
    });
    context.setDefaultTimeout(180_000);
    await context.addInitScript(IN_PAGE);
    const home = `${url.replace(/^ws/, 'http')}/`;
    onStep('restoring it in the browser');
    const { restoreMs, firstIndexMs } = await restore(await context.newPage(), home, backup);
    onStep('opening it');
    const opening = { firstIndexMs, ...(await measureOpening(context, home)) };
    onStep('reading it');
    const { reading, memory } = await read(context, home, history);
    onStep('10,000 messages come');
    const parts = { sender, other: history.largest };
    const opened = context;
    const sync = await measureSync(() => opened.newPage(), home, parts);
    return {
      load: loadavg()[0] ?? 0,
      tookMs: performance.now() - begun,
      messages: MESSAGES,
      backupMegabytes: backupBytes / 2 ** 20,
      restoreMs,
      opening,
      reading,
      memoryAfterReading: memory,
      sync,
    };
  } finally {
    await context?.close();
    await sender?.end();
    node.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

async function restore(page: Page, home: string, backup: string): Promise<{ restoreMs: number; firstIndexMs: number }> {
  await page.goto(home);
  await page.getByRole('button', { name: 'I have an account' }).click();
  await page.getByText('Restore a backup').click();
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: 'Choose the file' }).click(),
  ]);
  await chooser.setFiles(backup);
  await page.getByLabel('Passphrase of the backup').fill(PASSPHRASE);
  await page.getByText('Remove them', { exact: true }).click();
  const begun = performance.now();
  await page.getByRole('button', { name: 'Restore', exact: true }).click();
  await page.evaluate('bench.until(() => bench.rows().length > 5)');
  const restoreMs = performance.now() - begun;
  await untilSearched(page);
  const firstIndexMs = performance.now() - begun - restoreMs;
  // It is a device of the account once the node knows it.
  await until(async () => (await page.getByText('Offline.').count()) === 0);
  await page.waitForTimeout(2000);
  await closed(page);
  return { restoreMs, firstIndexMs };
}

async function read(
  context: BrowserContext,
  home: string,
  history: LongHistory,
): Promise<{ reading: ReadingFigures; memory: MemoryFigures }> {
  const page = await context.newPage();
  await page.goto(home, { waitUntil: 'commit' });
  await page.evaluate('bench.until(() => bench.rows().length > 5)');
  await untilSearched(page);
  const reading = await measureReading(page, history);
  const memory = await measureMemory(context, page);
  await closed(page);
  return { reading, memory };
}
