import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import type { ClientCost } from '../client-cost.ts';

/** Debian's Chromium: nothing is downloaded. */
const CHROMIUM = '/usr/bin/chromium';
/** No sandbox: the benchmark runs as root in containers. Nothing leaves the machine. */
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'];

/** What a message costs a client in Chromium, on one thread; null where there is no Chromium. */
export async function measureBrowser(): Promise<{ browser: string; cost: ClientCost } | null> {
  if (!existsSync(CHROMIUM)) return null;
  const script = await bundle(fileURLToPath(new URL('page.ts', import.meta.url)));
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: script, type: 'module' });
    await page.waitForFunction('typeof measure === "function"');
    const cost = await page.evaluate<ClientCost>('measure()');
    return { browser: `Chromium ${browser.version()}`, cost };
  } finally {
    await browser.close();
  }
}

/** As one module, in memory. */
async function bundle(entry: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, target: 'es2024', rollupOptions: { input: entry } },
  });
  const [output] = Array.isArray(result) ? result : [result];
  const chunk = output !== undefined && 'output' in output ? output.output[0] : undefined;
  if (chunk?.type !== 'chunk') throw new Error('The page of the benchmark could not be bundled.');
  return chunk.code;
}
