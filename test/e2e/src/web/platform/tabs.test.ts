import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BrowserContext, Page } from 'playwright-core';
import { Playground } from '../../processes.ts';
import type { NodeProcess } from '../../processes.ts';
import { BrowserHarness } from './harness.ts';
import './page-globals.ts';

let harness: BrowserHarness;
let playground: Playground;
let node: NodeProcess;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  playground = await Playground.create();
  [harness, node] = await Promise.all([BrowserHarness.start(), playground.node('node')]);
});
afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
});
afterAll(async () => {
  await harness?.stop();
  await playground?.dispose();
});

async function browser(): Promise<BrowserContext> {
  const context = await harness.context();
  contexts.push(context);
  return context;
}

/** A tab that has the profile open, as far as it is. */
async function tab(context: BrowserContext, profile: string | null = 'default'): Promise<Page> {
  const page = await harness.page(context);
  await page.evaluate((profile) => void openSession(profile), profile);
  await page.waitForFunction(() => session.client.state.kind !== 'starting');
  return page;
}

async function person(name: string, profile: string | null = 'default'): Promise<Page> {
  const page = await tab(await browser(), profile);
  await page.evaluate(([name, node]) => session.client.create({ name: name!, node: node! }), [name, node.url]);
  return page;
}

const state = (page: Page) => page.evaluate(() => session.client.state);
const invite = (page: Page) => page.evaluate(async () => (await session.client.engine.whoami({})).invite);
const texts = (page: Page) =>
  page.evaluate(() =>
    session.events.flatMap((event) =>
      event.type === 'message' && 'text' in event.message.content ? [event.message.content.text] : [],
    ),
  );
const history = (page: Page) =>
  page.evaluate(async () => {
    const { messages } = await session.client.engine.history({ limit: 1000 });
    return messages.flatMap(({ content }) => ('text' in content ? [content.text] : []));
  });

describe('a profile that is kept', () => {
  it('WEB-4: it is there again when the page is loaded anew', async () => {
    const page = await person('Ada');
    const before = await invite(page);
    await page.reload();
    await page.evaluate(() => void openSession('default'));
    await page.waitForFunction(() => session.client.state.kind === 'open');
    expect(await state(page)).toEqual({ kind: 'open', leads: true, protection: 'browser' });
    expect(await invite(page)).toBe(before);
  });

  it('WEB-5: several tabs work, one leads; all hear what comes and what one of them sends', async () => {
    const first = await person('Ada');
    const second = await tab(first.context());
    expect(await state(second)).toEqual({ kind: 'open', leads: false, protection: 'browser' });
    const bob = await person('Bob', null);
    await bob.evaluate(
      (to) => session.client.engine.send({ to, text: 'to all tabs', wait: 'stored' }),
      await invite(first),
    );
    for (const page of [first, second])
      await page.waitForFunction(() => session.events.some(({ type }) => type === 'message'));
    const from = await bob.evaluate(async () => (await session.client.engine.whoami({})).address);
    await second.evaluate((to) => session.client.engine.send({ to, text: 'from the second' }), from);
    await first.waitForFunction(() => session.events.filter(({ type }) => type === 'message').length === 2);
    expect(await texts(first)).toEqual(['to all tabs', 'from the second']);
    expect(await texts(second)).toEqual(['to all tabs', 'from the second']);
    await expect(second.evaluate(() => session.client.engine.add({ to: 'nonsense' }))).rejects.toThrow(
      /address|contact|nobody/i,
    );
  });

  it('WEB-5, RPC-8, RPC-9: the leading tab is closed amid sending: nothing is lost, nothing doubled', async () => {
    const bob = await person('Bob', null);
    const first = await person('Ada');
    const second = await tab(first.context());
    const to = await invite(bob);
    const sending = second.evaluate(async (to) => {
      const sent: string[] = [];
      for (let i = 0; i < 40; i++) {
        await session.client.engine.send({ to, text: `message ${i}` });
        sent.push(`message ${i}`);
      }
      return sent;
    }, to);
    await second.waitForFunction(() => session.events.filter(({ type }) => type === 'message').length > 8);
    await first.close();
    const sent = await sending;
    expect(sent).toHaveLength(40);
    await second.waitForFunction(() => {
      const { state } = session.client;
      return state.kind === 'open' && state.leads;
    });
    expect(await history(second)).toEqual(sent);
    expect(await texts(second)).toEqual(sent);
    await bob.waitForFunction(() => session.events.filter(({ type }) => type === 'message').length >= 40);
    expect((await texts(bob)).toSorted()).toEqual(sent.toSorted());
  });
});
