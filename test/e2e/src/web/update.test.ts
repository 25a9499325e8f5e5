import { createHash } from 'node:crypto';
import { cp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { builtClient } from './built-client.ts';
import { expectSoon, Stage, TEST_MS } from './browser.ts';
import { hasChromium } from './chromium.ts';

/** Another page than before, in all that a browser sees of it: the page itself, and the list of the service worker. */
async function makeNewer(dist: string): Promise<void> {
  const [page, worker] = [join(dist, 'index.html'), join(dist, 'sw.js')];
  const before = await readFile(page);
  const after = Buffer.from(String(before).replace('</head>', '<meta name="newer" content="yes" /></head>'));
  const [was, is] = [before, after].map((data) => createHash('sha384').update(data).digest('base64'));
  const list = await readFile(worker, 'utf8');
  expect(list).toContain(was);
  await writeFile(page, after);
  const revision = createHash('md5').update(before).digest('hex');
  const newer = createHash('md5').update(after).digest('hex');
  await writeFile(worker, list.replace(was!, is!).replace(revision, newer));
  for (const file of [page, worker]) for (const suffix of ['.br', '.gz']) await rm(file + suffix, { force: true });
  await utimes(join(dist, 'build.json'), new Date(), new Date());
}

describe.skipIf(!hasChromium)('a newer build', { timeout: TEST_MS }, () => {
  let stage: Stage;
  let dist: string;
  beforeAll(async () => {
    const built = await builtClient();
    stage = await Stage.open();
    dist = stage.playground.path('served');
    await cp(built, dist, { recursive: true });
  }, TEST_MS);
  afterEach((context) => stage.expectCalm(context));
  afterAll(() => stage?.close());

  it('WEB-9, WEB-46: is offered while one writes, begins when the offer is taken, in all tabs, and nothing that was written is lost', async () => {
    const node = await stage.playground.node('node', ['--web', dist]);
    const [ada, bob] = [await stage.person('Ada', node), await stage.person('Bob', node)];
    const [talk] = await bob.meet(ada);
    await talk.say('said before');
    await talk.seesState('said before', /Delivered|Read/);
    const { page } = ada;
    // The build that runs is kept, and rules all tabs.
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    const place = await page.evaluate(() => location.hash);
    const other = await ada.newTab(place);
    await ada.page.getByText('said before').filter({ visible: true }).first().waitFor();
    await makeNewer(dist);
    await talk.composer.fill('not yet said');

    // The page looks for itself once an hour.
    await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
    const offer = page.getByRole('button', { name: 'Update now' });
    await offer.waitFor();
    const isNewer = (tab: typeof page): Promise<boolean> =>
      tab.evaluate(() => document.querySelector('meta[name=newer]') !== null).catch(() => false);
    expect([await isNewer(page), await isNewer(other)]).toEqual([false, false]);
    expect(await talk.composer.inputValue()).toBe('not yet said');
    // A message that goes out in the same moment goes out.
    await offer.click();
    await expectSoon(async () => [await isNewer(page), await isNewer(other)], [true, true]);

    await talk.sees('said before');
    await talk.composer.waitFor();
    await talk.composer.press('Enter');
    await talk.seesState('not yet said', /Delivered|Read/);
    expect(await page.getByRole('button', { name: 'Update now' }).count()).toBe(0);
  });
});
