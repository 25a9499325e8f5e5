import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { BrowserHarness } from './harness.ts';
import type { SmallResult } from './small-vitest.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const harness = await BrowserHarness.start({ store: here('store-worker.ts') }, { vitest: here('small-vitest.ts') });
afterAll(() => harness.stop());

const page = await harness.page(await harness.context());
const results = await page.evaluate(() => {
  const worker = new Worker('/store.js', { type: 'module' });
  return new Promise<SmallResult[]>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<SmallResult[]>) => resolve(data));
    worker.addEventListener('error', ({ message }) => reject(new Error(message)));
    worker.postMessage('run');
  });
});

describe('ClientStore in a worker of Chromium', () => {
  it('TAB-2: the whole contract suite ran', () => {
    expect(results.length).toBeGreaterThan(25);
  });
  for (const { title, failure } of results) {
    it(`TAB-2, ${title}`, () => expect(failure).toBeNull());
  }
});
