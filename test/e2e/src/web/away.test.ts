import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { end, type NodeProcess } from '../processes.ts';
import { expectSoon, Stage, TEST_MS } from './browser.ts';
import { hasChromium } from './chromium.ts';
import type { Talk } from './talk.ts';
import type { WebPerson } from './web-person.ts';

/** What browsers write into the console when a connection cannot be made: it is broken on purpose here. */
const NO_CONNECTION =
  /WebSocket connection to .* failed|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE/;

describe.skipIf(!hasChromium)('connections that go away, and tabs', { timeout: TEST_MS }, () => {
  let stage: Stage;
  let node: NodeProcess;
  let ada: WebPerson;
  let bob: WebPerson;
  let adas: Talk;
  let bobs: Talk;
  beforeAll(async () => {
    stage = await Stage.open();
    node = await stage.node();
    [ada, bob] = await Promise.all([stage.person('Ada', node), stage.person('Bob', node)]);
    [adas, bobs] = await bob.meet(ada);
    ada.bear(NO_CONNECTION);
    bob.bear(NO_CONNECTION);
  }, TEST_MS);
  afterEach((context) => stage.expectCalm(context));
  afterAll(() => stage?.close());

  const arrivedOnce = async (talk: Talk, ...texts: string[]): Promise<void> => {
    for (const text of texts) await talk.sees(text);
    for (const text of texts) expect(await talk.message(text).count(), text).toBe(1);
  };

  it('WEB-58: without a network a message waits and says so; back again, it goes out by itself and arrives once', async () => {
    await ada.context.setOffline(true);
    await ada.sees('Offline.');
    await adas.say('written on a train');
    await adas.seesState('written on a train', 'Waiting');
    await ada.sees(/1 message waits/);
    await bobs.say('meanwhile');
    await ada.context.setOffline(false);
    await adas.seesState('written on a train', /Delivered|Read/);
    await arrivedOnce(bobs, 'written on a train');
    await arrivedOnce(adas, 'meanwhile');
    await expectSoon(() => ada.page.getByText('Offline.').count(), 0);
  });

  it('WEB-58: the node is killed and started again: what was written in between arrives, once', async () => {
    await end(node.child, 'SIGKILL');
    await ada.sees('Offline.');
    await adas.say('into the dark');
    await adas.seesState('into the dark', 'Waiting');
    await bobs.say('is anybody there?');
    await bobs.seesState('is anybody there?', 'Waiting');
    node = await stage.node('node', [], node.port);
    await adas.seesState('into the dark', /Delivered|Read/);
    await bobs.seesState('is anybody there?', /Delivered|Read/);
    await arrivedOnce(bobs, 'into the dark');
    await arrivedOnce(adas, 'is anybody there?');
  });

  it('WEB-59: two tabs show the same; when the one that leads is closed, the other goes on', async () => {
    const first = ada.page;
    await ada.newTab();
    const second = await ada.talkWith('Bob');
    await second.sees('into the dark');
    await bobs.say('to both of you');
    await Promise.all([adas.sees('to both of you'), second.sees('to both of you')]);
    await second.say('from the second tab');
    await Promise.all([adas.sees('from the second tab'), bobs.sees('from the second tab')]);
    await first.close();
    await second.say('still here');
    await second.seesState('still here', /Delivered|Read/);
    await bobs.say('good');
    await second.sees('good');
    adas = second;
  });

  it('WEB-59: closing a tab in the middle of sending loses nothing that was shown', async () => {
    const texts = ['one of three', 'two of three', 'three of three'];
    for (const text of texts) await adas.say(text);
    for (const text of texts) await adas.sees(text);
    await ada.page.close();
    await ada.newTab();
    adas = await ada.talkWith('Bob');
    for (const text of texts) await adas.seesState(text, /Delivered|Read/);
    await arrivedOnce(bobs, ...texts);
    await arrivedOnce(adas, ...texts);
  });

  it('WEB-46: what was not sent stands in the field again after a reload', async () => {
    await adas.composer.fill('half a thou');
    await ada.to('#/settings');
    await ada.heading('Settings').first().waitFor();
    await ada.page.reload();
    await adas.open();
    await expectSoon(() => adas.composer.inputValue(), 'half a thou');
    await adas.composer.fill('');
  });
});
