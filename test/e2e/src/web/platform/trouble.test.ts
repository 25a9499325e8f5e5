import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addressOf, heard, history, inviteOf, People, stateOf, untilHeard, untilLeads, untilState } from './people.ts';
import './page-globals.ts';

let people: People;

beforeAll(async () => {
  people = await People.start();
});
afterEach(() => people.forget());
afterAll(() => people?.stop());

describe('a tab that is frozen', () => {
  it('TAB-4: another takes over; thawed, it follows and has missed nothing', async () => {
    const first = await people.person('Ada');
    const second = await people.tab(first.context());
    const to = await inviteOf(first);
    // Chromium freezes only tabs that are hidden, and a test has none: the page is told as the browser tells it.
    await first.evaluate(() => document.dispatchEvent(new Event('freeze')));
    await untilLeads(second);
    const bob = await people.person('Bob', null);
    await bob.evaluate((to) => globalThis.session.client.engine.send({ to, text: 'meanwhile', wait: 'stored' }), to);
    await untilHeard(second, 1);
    const asked = first.evaluate(() => globalThis.session.client.engine.contacts({}));
    await first.evaluate(() => document.dispatchEvent(new Event('resume')));
    expect(await asked).toHaveLength(1);
    await untilHeard(first, 1);
    expect(await heard(first)).toEqual(['meanwhile']);
    expect(await stateOf(first)).toMatchObject({ kind: 'open', leads: false });
    expect(await addressOf(first)).toBe(await addressOf(second));
  });
});

describe('a full browser', () => {
  it('TAB-6: what does not fit is refused as disk-full, nothing is damaged, and with room it goes on', async () => {
    const page = await people.person('Ada');
    const bob = await people.person('Bob', null);
    const to = await inviteOf(bob);
    const session = await page.context().newCDPSession(page);
    const origin = new URL(people.harness.url).origin;
    const usage = await page.evaluate(async () => (await navigator.storage.estimate()).usage ?? 0);
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + 100_000 });
    const { sent, refused } = await page.evaluate(async (to) => {
      let sent = 0;
      for (; sent < 500; sent++) {
        const refused = await refusal(
          globalThis.session.client.engine.send({ to, text: `${sent} ${'x'.repeat(8000)}` }),
        );
        if (refused !== null) return { sent, refused };
      }
      return { sent, refused: null };
    }, to);
    expect(refused).toMatchObject({ code: 'disk-full' });
    await session.send('Storage.overrideQuotaForOrigin', { origin });
    await page.evaluate((to) => globalThis.session.client.engine.send({ to, text: 'room again' }), to);
    const kept = await history(page);
    expect(kept).toHaveLength(sent + 1);
    expect(kept.at(-1)).toBe('room again');
    await page.reload();
    await page.evaluate(() => void openSession('default'));
    await untilState(page, 'open');
    expect(await history(page)).toEqual(kept);
  });
});

describe('another version in another tab', () => {
  it('TAB-5: it is named, and when that tab is gone this one goes on', async () => {
    const context = await people.browser();
    const other = await people.harness.page(context);
    await other.evaluate(() => {
      const channel = new BroadcastChannel('sotto/default');
      const leader = { kind: 'leader', leader: 'x', term: 1, protocol: 999, state: { kind: 'empty' }, key: null };
      channel.addEventListener('message', () => channel.postMessage(leader));
      return new Promise<void>((resolve) => {
        void navigator.locks.request('sotto/default/leader', () => {
          resolve();
          return new Promise(() => undefined);
        });
      });
    });
    const page = await people.tab(context);
    const refused = await page.evaluate(() =>
      refusal(globalThis.session.client.create({ name: 'Ada', node: 'ws://x' })),
    );
    expect(await stateOf(page)).toMatchObject({ kind: 'failed', code: 'newer' });
    expect(refused).toMatchObject({ code: 'closed', message: expect.stringContaining('version') as unknown });
    await other.close();
    await untilState(page, 'empty');
  });
});

describe('damage', () => {
  it('TAB-9: a database without its key is named as damaged, not touched, and can be erased', async () => {
    const page = await people.person('Ada');
    await page.evaluate(() => globalThis.session.client.close());
    await page.reload();
    await page.evaluate(async () => {
      const request = indexedDB.deleteDatabase('sotto-default');
      await new Promise((resolve) => request.addEventListener('success', resolve));
      openSession('default');
    });
    await untilState(page, 'failed');
    expect(await stateOf(page)).toMatchObject({ kind: 'failed', code: 'corrupt' });
    await page.evaluate(() => globalThis.session.client.erase());
    await untilState(page, 'empty');
    await page.evaluate((node) => globalThis.session.client.create({ name: 'Eve', node }), people.node.url);
    expect(await stateOf(page)).toMatchObject({ kind: 'open' });
  });
});
