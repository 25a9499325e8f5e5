import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { NodeProcess } from '../processes.ts';
import { expectSoon, Stage, TEST_MS } from './browser.ts';
import { hasChromium } from './chromium.ts';

const PASSPHRASE = 'five quiet words of mine';

/** Everything that the browser keeps for the page, as text; the build that the service worker keeps is left out. */
async function keptBy(page: Page): Promise<string[]> {
  return await page.evaluate(async () => {
    const databases = (await indexedDB.databases()).map(({ name }) => `database ${name}`);
    const files: string[] = [];
    for await (const name of (await navigator.storage.getDirectory()).keys()) files.push(`file ${name}`);
    const stored = [localStorage, sessionStorage].flatMap((storage) =>
      Object.entries(storage).map(([key, value]) => `${key}: ${String(value)}`),
    );
    return [...databases, ...files, ...stored, document.cookie].filter(
      (one) => one !== '' && !/workbox|precache/.test(one),
    );
  });
}

/** What the back and forward buttons go through. */
const placesOf = (page: Page): Promise<string> =>
  page.evaluate(() =>
    navigation
      .entries()
      .map(({ url }) => url)
      .join('\n'),
  );

describe.skipIf(!hasChromium)('what stays in a browser', { timeout: TEST_MS }, () => {
  let stage: Stage;
  let node: NodeProcess;
  beforeAll(async () => {
    stage = await Stage.open();
    node = await stage.node();
  }, TEST_MS);
  afterEach((context) => stage.expectCalm(context));
  afterAll(() => stage?.close());

  it('WEB-64: a private session leaves nothing behind, and a reload ends it', async () => {
    const ada = await stage.person('Ada', node);
    const guest = await stage.visitor('Nobody Special', node);
    await guest.go('?private');
    await guest.heading('Leave no trace.').waitFor();
    const before = await keptBy(guest.page);
    await guest.field('Your name').fill('Nobody Special');
    await guest.press('Start');
    await guest.button(/^Nobody Special.*menu$/).waitFor();
    const [, talk] = await guest.meet(ada);
    await talk.seesState('Hello Ada', /Delivered|Read/);
    await talk.composer.fill('a draft that nobody sees');
    const after = await keptBy(guest.page);
    expect(after.join('\n')).not.toMatch(/Nobody|Hello|draft|did:key|database sotto|file sotto/);
    expect(after.filter((one) => !before.includes(one))).toEqual([]);
    // Nor does the address, or what the back button goes through, say whom one read; it works all the same.
    await guest.page.locator('a[href$="/info"]').first().click();
    await guest.sees('Is it really them?');
    expect(await placesOf(guest.page)).not.toMatch(/did:key|add\/./);
    await guest.page.goBack();
    await talk.sees('Hello Ada');
    expect(await guest.page.evaluate(() => location.hash)).toBe('#/');
    await guest.page.reload();
    await guest.heading('Leave no trace.').waitFor();
    expect(await guest.page.getByText('Hello Ada').count()).toBe(0);
  });

  it('WEB-68, TM-70: whom one reads stands neither in the address nor in what the back button goes through', async () => {
    const [eve, fred] = [await stage.person('Eve', node), await stage.person('Fred', node)];
    const [, talk] = await fred.meet(eve);
    await talk.seesState('Hello Eve', /Delivered|Read/);
    await fred.page.locator('a[href$="/info"]').first().click();
    await fred.sees('Is it really them?');
    expect(await placesOf(fred.page)).toMatch(/#\/c\/[0-9a-f]{32}\/info/);
    expect(await placesOf(fred.page)).not.toMatch(/did:key/);
    expect(await placesOf(eve.page)).not.toMatch(/did:key/);
    // It leads back to the same person after a reload, and so does an address that somebody kept from before.
    await fred.page.reload();
    await fred.sees('Is it really them?');
    const address = await fred.page
      .getByText(/^did:key:/)
      .first()
      .innerText();
    const place = new URL(fred.page.url()).hash;
    await fred.page.goto(`about:blank`);
    await fred.go(`#/c/${address}/info`);
    await fred.sees('Is it really them?');
    await expectSoon(() => fred.page.evaluate(() => location.hash), place);
    // Another profile has another name for the same person.
    const gina = await stage.person('Gina', node);
    await gina.meet(eve);
    const others = await gina.page.evaluate(() => location.hash);
    expect(others).toMatch(/^#\/c\/[0-9a-f]{32}$/);
    expect(place).not.toContain(others);
  });

  it('WEB-65: with a passphrase it locks itself after the chosen time without use, and only the passphrase opens it; MEET-8: who forgot it can erase', async () => {
    const ada = await stage.visitor('Ada', node);
    // The page's clock is the test's: the engine's, in the worker, goes on.
    await ada.page.clock.install();
    await ada.begin();
    await ada.to('#/settings/lock');
    await ada.press('Set a passphrase');
    await ada.field('New passphrase').fill(PASSPHRASE);
    await ada.field('Once more').fill(PASSPHRASE);
    await ada.press('Save');
    await ada.sees('Locked with a passphrase');
    await ada.page
      .getByRole('combobox', { name: 'Lock by itself' })
      .selectOption({ label: 'After 5 minutes without use' });
    await ada.page.clock.fastForward('04:00');
    await ada.page.keyboard.press('Shift');
    await ada.page.clock.fastForward('04:00');
    expect(await ada.page.getByText('Locked with a passphrase').count()).toBe(1);
    await ada.page.clock.fastForward('02:00');
    await ada.heading('Welcome back.').waitFor();
    await expectSoon(() => ada.page.evaluate(() => location.hash), '#/');
    await ada.field('Passphrase').fill('another one');
    await ada.press('Unlock');
    await ada.sees('This is not the passphrase.');
    await ada.field('Passphrase').fill(PASSPHRASE);
    await ada.press('Unlock');
    await ada.button(/^Ada.*menu$/).waitFor();
    await expectSoon(() => ada.page.getByText('Welcome back.').count(), 0);
    expect((await keptBy(ada.page)).join('\n')).not.toContain(PASSPHRASE);
    await ada.to('#/settings/lock');
    await ada.press(/^Lock now/);
    await ada.press('Passphrase forgotten?');
    const erase = ada.page.getByRole('alertdialog').getByRole('button', { name: 'Erase everything' });
    expect(await erase.isDisabled()).toBe(true);
    await ada.field('Type erase to confirm').fill('erase');
    await erase.click();
    await ada.field('Your name').waitFor();
    await ada.page.reload();
    await ada.field('Your name').waitFor();
    expect(await ada.page.getByText('Welcome back.').count()).toBe(0);
  });
});
