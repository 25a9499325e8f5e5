import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { NodeProcess } from '../processes.ts';
import { Stage, TEST_MS } from './browser.ts';
import { hasChromium } from './chromium.ts';
import { clipped, inaccessible, overflowing, settled, untranslated, WIDTHS } from './looks.ts';
import type { WebPerson } from './web-person.ts';

const SETTINGS = [
  'profile',
  'appearance',
  'privacy',
  'notifications',
  'lock',
  'devices',
  'add-device',
  'phrase',
  'backup',
  'storage',
  'about',
];

describe.skipIf(!hasChromium)('every screen', { timeout: TEST_MS }, () => {
  let stage: Stage;
  let node: NodeProcess;
  let ada: WebPerson;
  /** Everything that can be shown to somebody with an account. */
  let places: string[];
  beforeAll(async () => {
    stage = await Stage.open();
    node = await stage.node();
    const people: WebPerson[] = [];
    for (const name of ['Ada', 'Bob', 'Carl']) people.push(await stage.person(name, node));
    const [bob, carl] = [people[1]!, people[2]!];
    ada = people[0]!;
    const [adas, bobs] = await bob.meet(ada);
    await adas.say(
      'A line with a link https://example.org/ and 😀, long enough that it does not fit into a bubble on a phone at once.',
    );
    await bobs.sees('A line with a link');
    await bobs.choose('A line with a link', 'Answer');
    await bobs.say('an answer');
    await (await bobs.menuOf('A line with a link')).getByRole('button', { name: 'React with ❤️' }).click();
    await adas.message('A line with a link').getByRole('button', { name: '❤️ by Bob' }).waitFor();
    const talk = await ada.page.evaluate(() => location.hash);
    // Carl asks, and is not answered yet.
    await carl.to(new URL(await ada.invite()).hash);
    await carl.press('Add and open conversation');
    await carl.page.getByRole('textbox', { name: 'Message to Ada' }).fill('May I?');
    await carl.page.keyboard.press('Enter');
    await ada.page.getByRole('link', { name: /^Request/ }).waitFor();
    places = [
      '#/',
      talk,
      `${talk}/info`,
      '#/requests',
      '#/add',
      '#/settings',
      ...SETTINGS.map((page) => `#/settings/${page}`),
    ];
  }, TEST_MS);
  afterEach((context) => stage.expectCalm(context));
  afterAll(() => stage?.close());

  /** What `look` finds wrong, by place. */
  async function faults(look: (page: Page) => Promise<string[]>): Promise<Record<string, string[]>> {
    const found: Record<string, string[]> = {};
    for (const place of places) {
      await ada.to(place);
      await settled(ada.page);
      const wrong = await look(ada.page);
      if (wrong.length > 0) found[place.replace(/did:key:\w+/, 'ADDRESS')] = wrong;
    }
    return found;
  }

  /** The same browser again, in another language or theme. */
  async function reopen(search = ''): Promise<void> {
    await ada.go(`${search}#/`);
    await settled(ada.page);
  }

  it('WEB-60: axe finds nothing serious on any screen, in the light and in the dark', async () => {
    const textColor = (): Promise<string> => ada.page.evaluate(() => getComputedStyle(document.body).color);
    const seen: string[] = [];
    for (const [colorScheme, rules] of [['light'], ['dark', ['color-contrast']]] as const) {
      await ada.page.emulateMedia({ colorScheme });
      expect(await faults((page) => inaccessible(page, rules)), colorScheme).toEqual({});
      seen.push(await textColor());
    }
    await ada.page.emulateMedia({ colorScheme: 'light' });
    expect(seen[0]).not.toBe(seen[1]);
  });

  it('WEB-61: on a phone, a tablet and a desktop nothing has to be scrolled sideways', async () => {
    for (const size of WIDTHS) {
      await ada.page.setViewportSize(size);
      expect(await faults(overflowing), `${size.width}`).toEqual({});
    }
  });

  it('WEB-62: every text stands in a text file, and has room for a third more', async () => {
    await reopen('?locale=en-XA');
    for (const size of [WIDTHS[0], WIDTHS[2]]) {
      await ada.page.setViewportSize(size);
      const found = await faults(async (page) => [
        ...(await untranslated(page, ['Ada', 'Bob', 'Carl'])),
        ...(await clipped(page)).map((text) => `cut off: ${text}`),
        ...(await overflowing(page)),
      ]);
      expect(found, `${size.width}`).toEqual({});
    }
  });

  it('WEB-63: from right to left everything is on its other side, and fits as well', async () => {
    await reopen('?locale=ar-XB');
    for (const size of [WIDTHS[0], WIDTHS[2]]) {
      await ada.page.setViewportSize(size);
      expect(await faults(overflowing), `${size.width}`).toEqual({});
    }
    await ada.to(places[1]!);
    await settled(ada.page);
    const middle = WIDTHS[2].width / 2;
    const list = await ada.page.getByRole('navigation').first().boundingBox();
    expect(list!.x).toBeGreaterThan(middle);
    const own = await ada.page.locator('[data-bubble]').filter({ hasText: 'A line with a link' }).first().boundingBox();
    const theirs = await ada.page.locator('[data-bubble]').filter({ hasText: 'Hello Ada' }).first().boundingBox();
    expect(own!.x).toBeLessThan(theirs!.x);
  });

  it('WEB-60, WEB-61: the screens before there is an account are as good', async () => {
    const visitor = await stage.visitor('Dora', node);
    const { page } = visitor;
    const look = async (): Promise<void> => {
      await settled(page);
      for (const size of WIDTHS) {
        await page.setViewportSize(size);
        expect(await overflowing(page)).toEqual([]);
      }
      expect(await inaccessible(page)).toEqual([]);
    };
    await visitor.go();
    await look();
    await visitor.press('I have an account');
    await look();
    for (const way of [/^Link this device/, /^Restore a backup/, /^Enter the recovery phrase/]) {
      await visitor.press(way);
      await look();
      await visitor.press('Back');
    }
    await visitor.press('Back');
    await visitor.field('Your name').fill('Dora');
    await visitor.press('Start');
    await visitor.button('I wrote it down').waitFor();
    await look();
    await visitor.press('I wrote it down');
    await visitor.field('Invite link').waitFor();
    await look();
  });
});
