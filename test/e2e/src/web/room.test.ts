/** A private room: its key is tried before anything is made. */
import { writeFileSync } from 'node:fs';
import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { NodeProcess } from '../processes.ts';
import { expectSoon, Stage, TEST_MS } from './browser.ts';
import { hasChromium } from './chromium.ts';
import { inaccessible, overflowing } from './looks.ts';
import type { WebPerson } from './web-person.ts';

const KEY = 'ab'.repeat(32);
const here = ({ page }: WebPerson): Locator => page.getByRole('list', { name: 'Who is here' });

describe.skipIf(!hasChromium)('a private room', { timeout: TEST_MS }, () => {
  let stage: Stage;
  let node: NodeProcess;

  beforeAll(async () => {
    stage = await Stage.open();
    const file = stage.playground.path('room.key');
    writeFileSync(file, `${KEY}\n`, { mode: 0o600 });
    node = await stage.node('room', ['--psk-file', file, '--console']);
  }, TEST_MS);
  afterEach((context) => stage.expectCalm(context));
  afterAll(() => stage.close());

  it('WEB-15: a wrong key is said at once and makes no account; with the right one it goes on', async () => {
    const ada = await stage.visitor('Ada', node);
    await ada.go();
    await ada.field('Your name').fill('Ada');
    const key = ada.field('Key of this room');
    await key.fill('cd'.repeat(32));
    await ada.press('Start');
    await ada.sees('This is not the key of this room. Ask whoever invited you.');
    await ada.page.reload();
    await ada.field('Your name').fill('Ada');
    await key.fill(KEY);
    await ada.press('Start');
    await ada.press('I wrote it down');
    await ada.press('Go to my conversations');
    await ada.to('#/settings/about');
    await ada.sees('Connected');
  });

  it('WEB-69: everybody in the room hears what is said there, and sees who is here', async () => {
    const [ben, cleo] = [await stage.visitor('Ben', node), await stage.visitor('Cleo', node)];
    for (const guest of [ben, cleo]) {
      await guest.go();
      await guest.field('Your name').fill(guest.name);
      await guest.field('Key of this room').fill(KEY);
      await guest.press('Start');
      await guest.press('I wrote it down');
      await guest.press('Go to my conversations');
    }
    const entry = (guest: typeof ben) => guest.page.getByRole('link', { name: /^The room/ });
    await entry(ben).filter({ hasText: 'Cleo' }).click();
    await entry(cleo).filter({ hasText: 'Ben' }).waitFor();
    await ben.field('Say it to everybody here').fill('good <b>evening</b>');
    await ben.field('Say it to everybody here').press('Enter');
    await ben.page.getByRole('log').getByText('good <b>evening</b>').waitFor();
    // Counted where it is not looked at, and there once it is.
    await entry(cleo).filter({ hasText: '1 new line' }).filter({ hasText: 'Ben: good' }).click();
    await cleo.page.getByRole('log').getByText('good <b>evening</b>').waitFor();
    await expectSoon(() => entry(cleo).filter({ hasText: 'new line' }).count(), 0);
    node.child.stdin?.write('The room closes at ten\n');
    for (const guest of [ben, cleo]) await guest.page.getByRole('log').getByText('The room closes at ten').waitFor();
    expect(await inaccessible(cleo.page)).toEqual([]);
    expect(await overflowing(cleo.page)).toEqual([]);
    // Who is here is a way to a conversation; whom nobody knows yet is looked at first.
    await here(cleo).getByRole('link', { name: 'Ben' }).click();
    await cleo.press('Add and open conversation');
    await cleo.page.getByRole('textbox', { name: 'Message to Ben' }).waitFor();
    await cleo.page.close();
    await ben.page.getByRole('log').getByText('Cleo has left').waitFor();
    expect(await here(ben).getByRole('link', { name: 'Cleo' }).count()).toBe(0);
  });

  it('WEB-69: at a live node one sees who is here', async () => {
    const live = await stage.node('live', ['--store', 'none']);
    const [dora, emil] = [await stage.person('Dora', live), await stage.person('Emil', live)];
    await emil.to('#/settings/privacy');
    await emil.page.getByText('Appear among those present').click();
    await expectSoon(async () => {
      await dora.to('#/');
      await dora.page.getByRole('link', { name: /^Here now/ }).click();
      await dora.heading('Here now').waitFor();
      return await dora.page
        .getByRole('link', { name: /^Here now/ })
        .filter({ hasText: 'Emil' })
        .count();
    }, 1);
    await dora.sees('The others do not see you here.');
    expect(await dora.field('Say it to everybody here').count()).toBe(0);
    await here(dora).getByRole('link', { name: 'Emil' }).click();
    await dora.press('Add and open conversation');
    await dora.page.getByRole('textbox', { name: 'Message to Emil' }).waitFor();
    await live.end('SIGTERM');
  });

  it('WEB-62: in another language nothing of it is English', async () => {
    const eve = await stage.visitor('Eve', node);
    await eve.go('?locale=en-XA');
    const [name, key] = [eve.page.getByRole('textbox').nth(0), eve.page.getByRole('textbox').nth(1)];
    await name.fill('Eve');
    await key.fill('cd'.repeat(32));
    await eve.page.getByRole('button').filter({ hasText: 'Šŧářŧ' }).click();
    const words = eve.page.getByText(/ñóŧ ŧĥé ķéý/u).first();
    await words.waitFor();
    await expectSoon(async () => /[a-z]{3}/u.test(await words.innerText()), false);
    expect(await eve.page.getByText(/[Nn]ot the key/u).count()).toBe(0);
  });
});
