import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { NodeProcess } from '../processes.ts';
import { PATIENCE_MS, Stage } from './browser.ts';
import { hasChromium } from './chromium.ts';
import type { WebPerson } from './web-person.ts';

const POLL = { timeout: PATIENCE_MS };

interface Watched {
  shown: { title: string; body: string }[];
  isFocused: boolean;
  /** As a click of the person on the newest one. */
  click: () => void;
}

/** In the page: notes what would be shown, and says whether somebody looks as the test wants it. */
function watchNotifications(): void {
  const watched: Watched = { shown: [], isFocused: false, click: () => undefined };
  Object.assign(window, { watched });
  document.hasFocus = () => watched.isFocused;
  class Noted extends EventTarget {
    static readonly permission = 'granted';
    static readonly requestPermission = () => Promise.resolve('granted');
    constructor(title: string, { body = '' }: NotificationOptions = {}) {
      super();
      watched.shown.push({ title, body });
      watched.click = () => void this.dispatchEvent(new Event('click'));
    }
    close(): void {
      // Nothing is on a screen.
    }
  }
  Object.assign(window, { Notification: Noted });
}

const watched = <T>(page: Page, look: (watched: Watched) => T): Promise<T> =>
  page.evaluate(`(${look.toString()})(window.watched)`) as Promise<T>;
const shown = (page: Page): Promise<Watched['shown']> => watched(page, ({ shown: all }) => all);

async function focus(page: Page, isFocused: boolean): Promise<void> {
  await page.evaluate((value) => {
    (window as unknown as { watched: Watched }).watched.isFocused = value;
    dispatchEvent(new Event(value ? 'focus' : 'blur'));
  }, isFocused);
}

describe.skipIf(!hasChromium)('notifications', { timeout: 180_000 }, () => {
  let stage: Stage;
  let node: NodeProcess;
  let anna: WebPerson;
  let bob: WebPerson;
  beforeAll(async () => {
    stage = await Stage.open();
    node = await stage.node();
    anna = await stage.visitor('Anna', node);
    bob = await stage.person('Bob', node);
    await anna.context.addInitScript(watchNotifications);
    await anna.begin();
    await bob.meet(anna);
  }, 180_000);
  afterEach((context) => stage.expectCalm(context));
  afterAll(() => stage.close());

  test('MEET-9: one tab notifies, without names at first; none while somebody looks; the title counts', async () => {
    await anna.to('#/settings/notifications');
    await anna.page.getByRole('radio', { name: /^Tell me that a message came/ }).check({ force: true });
    const first = anna.page;
    const second = await anna.newTab('#/settings/notifications');
    await anna.sees('Show a notification now');
    const talk = await bob.talkWith('Anna');

    await talk.say('The key is under the mat');
    await expect.poll(() => first.title(), POLL).toBe('(1) Sotto');
    await expect.poll(() => second.title(), POLL).toBe('(1) Sotto');
    await expect.poll(async () => [...(await shown(first)), ...(await shown(second))].length, POLL).toBe(1);
    expect([...(await shown(first)), ...(await shown(second))]).toEqual([
      { title: 'New message', body: 'You have a new message.' },
    ]);

    await focus(second, true);
    await talk.say('Somebody looks at the other tab');
    await expect.poll(() => first.title(), POLL).toBe('(2) Sotto');
    // As long as a notification takes to come, if one came: the count in the title is there before.
    await first.waitForTimeout(1500);
    expect([...(await shown(first)), ...(await shown(second))]).toHaveLength(1);
    await focus(second, false);
    await anna.page.getByRole('radio', { name: /^Show who wrote and what/ }).check({ force: true });
    await first.getByRole('radio', { name: /^Show who wrote and what/, checked: true }).waitFor();
    await talk.say('Nobody looks');
    await expect.poll(async () => [...(await shown(first)), ...(await shown(second))].length, POLL).toBe(2);
    const ofFirst = await shown(first);
    expect([...ofFirst, ...(await shown(second))]).toContainEqual({ title: 'Bob', body: 'Nobody looks' });
    const page = ofFirst.at(-1)?.title === 'Bob' ? first : second;
    await watched(page, ({ click }) => click());
    await expect.poll(() => page.evaluate(() => location.hash), POLL).toMatch(/^#\/c\/[0-9a-f]{32}$/);
  });
});
