import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Stage, TEST_MS } from './browser.ts';
import { hasChromium } from './chromium.ts';
import { inaccessible, overflowing, settled, WIDTHS } from './looks.ts';
import type { Talk } from './talk.ts';
import type { WebPerson } from './web-person.ts';

const PASSPHRASE = 'five quiet words of mine';

describe.skipIf(!hasChromium)('what opens over a screen', { timeout: TEST_MS }, () => {
  let stage: Stage;
  let ada: WebPerson;
  let talk: Talk;
  /** Where the conversation is. */
  let place: string;
  beforeAll(async () => {
    stage = await Stage.open();
    const node = await stage.node();
    const [first, bob] = [await stage.person('Ada', node), await stage.person('Bob', node)];
    ada = first;
    [talk] = await bob.meet(ada);
    place = await ada.page.evaluate(() => location.hash);
    await talk.say('words of Ada');
    await talk.seesState('words of Ada', /Delivered|Read/);
  }, TEST_MS);
  afterEach((context) => stage.expectCalm(context));
  afterAll(() => stage?.close());

  it('WEB-60: axe finds nothing serious in dialogs, menus and the unlock screen, in the light and in the dark', async () => {
    const { page } = ada;
    const faults: string[] = [];
    /** Looks at what is open, then closes it. */
    const look = async (name: string, isOver = true): Promise<void> => {
      const over = page.locator('[role=dialog], [role=alertdialog], [role=menu]').first();
      if (isOver) await over.waitFor();
      for (const size of [WIDTHS[0], WIDTHS[2]]) {
        await page.setViewportSize(size);
        await settled(page);
        faults.push(...(await overflowing(page)).map((fault) => `${name} at ${size.width}: ${fault}`));
      }
      for (const [colorScheme, rules] of [['dark', ['color-contrast']], ['light']] as const) {
        await page.emulateMedia({ colorScheme });
        await settled(page);
        faults.push(...(await inaccessible(page, rules)).map((fault) => `${name}, ${colorScheme}: ${fault}`));
      }
      if (!isOver) return;
      await page.keyboard.press('Escape');
      await over.waitFor({ state: 'hidden' });
    };
    const choose = async (entry: string): Promise<void> => {
      await page.getByRole('menuitem', { name: entry }).click();
    };

    await ada.press(/^Ada.*menu$/);
    await look('own menu');
    await ada.press(/^Ada.*menu$/);
    await choose('Keyboard shortcuts');
    await look('shortcuts');
    await ada.press('Menu of the conversation');
    await look('menu of the conversation');
    await ada.press('Menu of the conversation');
    await choose('Disappearing messages');
    await look('timer');
    await ada.press('Menu of the conversation');
    await choose('Block');
    await look('block');
    await talk.menuOf('words of Ada');
    await look('menu of a message');
    await talk.choose('words of Ada', 'Details');
    await look('details');
    await talk.choose('words of Ada', 'Delete');
    await look('delete');
    await (await talk.menuOf('words of Ada')).getByRole('button', { name: 'More emoji' }).click();
    await page.getByRole('searchbox', { name: 'Search emoji' }).waitFor();
    await look('emoji');
    await ada.to(`${place}/info`);
    await ada.press('Rename');
    await look('rename');
    await ada.press(/^Clear the conversation here/);
    await look('clear');
    await ada.press(/^Remove/);
    await look('remove a contact');

    await ada.to('#/settings/lock');
    await ada.press('Set a passphrase');
    await look('set a passphrase');
    await ada.press('Set a passphrase');
    await ada.field('New passphrase').fill(PASSPHRASE);
    await ada.field('Once more').fill(PASSPHRASE);
    await ada.press('Save');
    await ada.press(/^Remove the passphrase/);
    await look('remove the passphrase');
    await ada.press(/^Lock now/);
    await ada.heading('Welcome back.').waitFor();
    await look('unlock', false);
    await ada.press('Passphrase forgotten?');
    await look('erase');
    await ada.field('Passphrase').fill(PASSPHRASE);
    await ada.press('Unlock');
    await ada.button(/^Ada.*menu$/).waitFor();
    expect(faults).toEqual([]);
  });

  it('WEB-66: a finger that stays on a message opens its menu; one that moves scrolls', async () => {
    const { page } = ada;
    await page.setViewportSize(WIDTHS[0]);
    await ada.to(place);
    const touch = await ada.context.newCDPSession(page);
    await touch.send('Emulation.setTouchEmulationEnabled', { enabled: true });
    const bubble = talk.message('words of Ada').first().locator('[data-bubble]');
    await bubble.waitFor();
    const { x, y, width, height } = (await bubble.boundingBox())!;
    const at = (down: number) => [{ x: x + width / 2, y: y + height / 2 + down }];
    const menu = page.getByRole('dialog', { name: 'What to do with this message' });

    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(0) });
    await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(40) });
    // As long as a finger has to stay, and more.
    await page.waitForTimeout(700);
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    expect(await menu.count()).toBe(0);

    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(0) });
    await menu.waitFor();
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    await menu.getByRole('menuitem', { name: 'Details' }).click();
    await page.getByRole('dialog', { name: 'Details of the message' }).waitFor();
    await page.keyboard.press('Escape');
    await touch.send('Emulation.setTouchEmulationEnabled', { enabled: false });
  });

  it('TAB-9, MEET-8: a profile whose key is gone says so, and can be erased', async () => {
    const { page } = ada;
    const kept = await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => String(name)));
    const name = kept.find((one) => one.startsWith('sotto-'))!;
    // The page's worker may have it open: another page of the same place, on which nothing runs.
    ada.bear(/favicon\.ico/);
    await ada.go('favicon.svg');
    await page.evaluate(async (database) => {
      await new Promise<void>((resolve, reject) => {
        const request = indexedDB.deleteDatabase(database);
        request.onsuccess = () => resolve();
        request.onerror = () => reject(new Error('not deleted'));
      });
    }, name);
    await ada.go();
    await ada.heading('What is kept here cannot be read').waitFor();
    await ada.press('Erase it here …');
    const erase = page.getByRole('alertdialog').getByRole('button', { name: 'Erase everything' });
    await ada.field('Type erase to confirm').fill('erase');
    await erase.click();
    await ada.field('Your name').waitFor();
    await ada.begin();
    await ada.button(/^Ada.*menu$/).waitFor();
    expect(await page.getByText('words of Ada').count()).toBe(0);
  });
});
