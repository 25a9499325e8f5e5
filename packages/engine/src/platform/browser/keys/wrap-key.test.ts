import { expect, it } from 'vitest';
import { loadWebPrimitives } from '@sotto/primitives-web';
import { StoreError } from '../../../ports.ts';
import { webRandom } from '../web-random.ts';
import type { KeyRecord } from './key-record.ts';
import { requireOpens, unwrapByBrowser, unwrapByPassphrase, wrapByBrowser, wrapByPassphrase } from './wrap-key.ts';

const PASSPHRASE = 'correct horse';
const primitives = await loadWebPrimitives();

const ways: [string, (key: Uint8Array) => Promise<KeyRecord>, string | null][] = [
  ['by the browser', wrapByBrowser, null],
  ['by a passphrase', (key) => wrapByPassphrase(primitives, key, PASSPHRASE), PASSPHRASE],
];

it.each(ways)('TAB-8: a key that is wiped while it is wrapped %s is wrapped whole', async (_way, wrap, passphrase) => {
  const key = webRandom(32);
  const before = key.slice();
  const wrapping = wrap(key);
  key.fill(0);
  const record = await wrapping;
  const opened =
    record.way === 'browser'
      ? await unwrapByBrowser(record)
      : record.way === 'passphrase' && (await unwrapByPassphrase(primitives, record, PASSPHRASE));
  expect(opened).toEqual(before);
  // Nor does it take the place of what opens: it is not what the profile has now.
  await expect(requireOpens(primitives, record, passphrase, key)).rejects.toThrow(StoreError);
});

it.each(ways)('TAB-8: a key that was wiped is not wrapped %s', async (_way, wrap) => {
  await expect(wrap(new Uint8Array(32))).rejects.toThrow(StoreError);
});
