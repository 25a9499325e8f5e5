import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { addressOf, heard, history, inviteOf, People, stateOf, untilHeard, untilLeads, untilState } from './people.ts';

let people: People;

beforeAll(async () => {
  people = await People.start();
});
afterEach(() => people.forget());
afterAll(() => people?.stop());

/** Its process ends at once. */
async function crash(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const crashed = new Promise<void>((resolve) => page.once('crash', () => resolve()));
  session.send('Page.crash').catch(() => undefined);
  await crashed;
}

describe('a profile that is kept', () => {
  it('TAB-2: it is there again when the page is loaded anew', async () => {
    const page = await people.person('Ada');
    const before = await inviteOf(page);
    await page.reload();
    await page.evaluate(() => void openSession('default'));
    await untilState(page, 'open');
    expect(await stateOf(page)).toEqual({ kind: 'open', leads: true, protection: 'browser' });
    expect(await inviteOf(page)).toBe(before);
  });

  it('TAB-3: several tabs work, one leads; all hear what comes and what one of them sends', async () => {
    const first = await people.person('Ada');
    const second = await people.tab(first.context());
    expect(await stateOf(second)).toEqual({ kind: 'open', leads: false, protection: 'browser' });
    const bob = await people.person('Bob', null);
    await bob.evaluate(
      (to) => session.client.engine.send({ to, text: 'to all tabs', wait: 'stored' }),
      await inviteOf(first),
    );
    for (const page of [first, second]) await untilHeard(page, 1);
    const from = await addressOf(bob);
    await second.evaluate((to) => session.client.engine.send({ to, text: 'from the second' }), from);
    await untilHeard(first, 2);
    expect(await heard(first)).toEqual(['to all tabs', 'from the second']);
    expect(await heard(second)).toEqual(['to all tabs', 'from the second']);
    await expect(second.evaluate(() => session.client.engine.add({ to: 'nonsense' }))).rejects.toThrow(
      /address|contact|nobody/i,
    );
  });

  it('TAB-5: where a leader was heard whose clock went ahead, the present one is followed all the same', async () => {
    const first = await people.person('Ada');
    const second = await people.tab(first.context());
    const address = await addressOf(first);
    await second.evaluate(() => {
      const state = { kind: 'open', leads: true, protection: 'browser' };
      const term = Date.now() + 86_400_000;
      const channel = new BroadcastChannel('sotto/default');
      channel.postMessage({ kind: 'leader', protocol: 1, leader: 'gone', term, state, key: null });
    });
    const asked = addressOf(second);
    const third = await people.tab(first.context());
    expect(await asked).toBe(address);
    await first.close();
    expect(await addressOf(second)).toBe(address);
    expect(await addressOf(third)).toBe(address);
  });

  it('TAB-13: erasing that was cut off erases no account that was made since', async () => {
    const first = await people.person('Ada');
    const second = await people.tab(first.context());
    // What the second tab asks goes to a leader that is not there.
    await second.evaluate(async () => {
      const channel = new BroadcastChannel('sotto/default');
      const leader = new Promise<object>((resolve) => {
        channel.addEventListener('message', ({ data }: MessageEvent<{ kind: string }>) => {
          if (data.kind === 'leader') resolve(data);
        });
      });
      channel.postMessage({ kind: 'hello', protocol: 1 });
      channel.postMessage({ ...(await leader), leader: 'gone' });
    });
    const erasing = second.evaluate(() => session.client.erase());
    await second.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
    await first.evaluate(async (node) => {
      await session.client.erase();
      await session.client.create({ name: 'Bea', node });
    }, people.node.url);
    await erasing;
    for (const page of [first, second]) {
      expect(await page.evaluate(async () => (await session.client.engine.whoami({})).name)).toBe('Bea');
    }
  });

  it.each(['closed', 'crashed'])(
    'TAB-3, RPC-8, RPC-9: the leading tab is %s amid sending: nothing is lost, nothing doubled',
    async (how) => {
      const bob = await people.person('Bob', null);
      const first = await people.person('Ada');
      const second = await people.tab(first.context());
      const to = await inviteOf(bob);
      const sending = second.evaluate(async (to) => {
        const sent: string[] = [];
        for (let i = 0; i < 40; i++) {
          await session.client.engine.send({ to, text: `message ${i}` });
          sent.push(`message ${i}`);
        }
        return sent;
      }, to);
      await untilHeard(second, 9);
      if (how === 'closed') await first.close();
      else await crash(first);
      const sent = await sending;
      expect(sent).toHaveLength(40);
      await untilLeads(second);
      expect(await history(second)).toEqual(sent);
      expect(await heard(second)).toEqual(sent);
      await untilHeard(bob, 40);
      expect((await heard(bob)).toSorted()).toEqual(sent.toSorted());
    },
  );
});
