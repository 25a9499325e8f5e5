import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { Playground } from '../../processes.ts';
import type { NodeProcess } from '../../processes.ts';
import { BrowserHarness } from './harness.ts';
import './page-globals.ts';

let harness: BrowserHarness;
let playground: Playground;
let node: NodeProcess;

beforeAll(async () => {
  playground = await Playground.create();
  [harness, node] = await Promise.all([BrowserHarness.start(), playground.node('node')]);
});
afterAll(async () => {
  await harness?.stop();
  await playground?.dispose();
});

async function privatePerson(name: string): Promise<Page> {
  const page = await harness.page(await harness.context());
  await page.evaluate(
    ([name, node]) => openSession(null).client.create({ name: name!, node: node! }),
    [name, node.url],
  );
  return page;
}

describe('a private session', () => {
  it('WEB-12: two of them talk', async () => {
    const [ada, bob] = await Promise.all([privatePerson('Ada'), privatePerson('Bob')]);
    const to = await ada.evaluate(async () => (await session.client.engine.whoami({})).invite);
    await bob.evaluate((to) => session.client.engine.send({ to, text: 'hello', wait: 'stored' }), to);
    await ada.waitForFunction(() => session.events.some(({ type }) => type === 'message'));
    const heard = await ada.evaluate(() => session.events.filter((event) => event.type === 'message'));
    expect(heard).toEqual([
      expect.objectContaining({
        message: expect.objectContaining({ content: { text: 'hello' }, name: 'Bob' }) as unknown,
      }),
    ]);
  });
});
