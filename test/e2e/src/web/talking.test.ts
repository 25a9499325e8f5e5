import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { NodeProcess } from '../processes.ts';
import { expectSoon, Stage, TEST_MS } from './browser.ts';
import { hasChromium } from './chromium.ts';
import { Talk } from './talk.ts';
import type { WebPerson } from './web-person.ts';

const MANY_TABS = 60;

/** Presses Tab until it has the focus, as somebody without a mouse does. */
async function tabTo(person: WebPerson, target: Locator): Promise<void> {
  await target.waitFor();
  for (let presses = 0; presses < MANY_TABS; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await person.page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not come to ${String(target)}`);
}

async function enter(person: WebPerson, name: string): Promise<void> {
  const button = person.button(name);
  await expectSoon(() => button.isEnabled(), true);
  await tabTo(person, button);
  await person.page.keyboard.press('Enter');
}

describe.skipIf(!hasChromium)('two people, a browser each', { timeout: TEST_MS }, () => {
  let stage: Stage;
  let node: NodeProcess;
  let ada: WebPerson;
  let bob: WebPerson;
  let adas: Talk;
  let bobs: Talk;
  beforeAll(async () => {
    stage = await Stage.open();
    node = await stage.node();
    [ada, bob] = await Promise.all([stage.visitor('Ada', node), stage.visitor('Bob', node)]);
    adas = new Talk(ada.page, 'Bob');
    bobs = new Talk(bob.page, 'Ada');
  }, TEST_MS);
  afterEach((context) => stage.expectCalm(context));
  afterAll(() => stage?.close());

  it('WEB-41, WEB-42: with the keyboard alone one gets from the address of a node to an invite link', async () => {
    await ada.go();
    await ada.field('Your name').waitFor();
    await ada.page.keyboard.type('Ada');
    await ada.page.keyboard.press('Enter');
    await expectSoon(() => ada.page.getByRole('listitem').count(), 24);
    await enter(ada, 'I wrote it down');
    await enter(ada, 'Go to my conversations');
    await ada.heading('It is quiet here.').waitFor();
    await ada.page.keyboard.press('Alt+n');
    await tabTo(ada, ada.field('Invite link'));
    expect(await ada.field('Invite link').inputValue()).toMatch(new RegExp(`^${ada.home}#/add/[\\w-]+$`));
  });

  it('WEB-41, WEB-43: who opens the link is asked for a name, then writes; the request is answered by keyboard', async () => {
    await bob.go(new URL(await ada.field('Invite link').inputValue()).hash);
    await bob.sees(/Ada invites you to talk/);
    await bob.field('Your name').fill('Bob');
    await bob.press('Start');
    await bob.press('I wrote it down');
    await bob.heading('Ada').waitFor();
    await bob.press('Add and open conversation');
    await bobs.say('Hello Ada, this is Bob');
    await bobs.seesState('Hello Ada', 'Stored on 1 node');

    const entry = ada.page.getByRole('link', { name: /^Request/ });
    await tabTo(ada, entry);
    await ada.page.keyboard.press('Enter');
    await enter(ada, 'Show messages');
    await ada.sees('Hello Ada, this is Bob');
    await enter(ada, 'Accept');
    await adas.composer.waitFor();
    await expectSoon(() => adas.composer.evaluate((element) => element === document.activeElement), true);
    await ada.page.keyboard.type('Hello Bob');
    await ada.page.keyboard.press('Enter');
    await bobs.sees('Hello Bob');
    await bobs.seesState('Hello Ada', 'Read');
  });

  it('WEB-44: one sees how far a message is, and that the other types', async () => {
    await bobs.composer.pressSequentially('Do you see', { delay: 20 });
    await ada.page.getByRole('banner').getByText('is typing').or(ada.page.getByText('is typing')).first().waitFor();
    await bobs.composer.press('Enter');
    await adas.sees('Do you see');
    await bobs.seesState('Do you see', 'Read');
    // Nobody looks at it: it is delivered, not read.
    await ada.to('#/settings');
    await ada.heading('Settings').first().waitFor();
    await bobs.say('while you look elsewhere');
    await bobs.seesState('while you look elsewhere', 'Delivered');
    await expect(bobs.message('while you look elsewhere').getByText('Read').count()).resolves.toBe(0);
    await adas.open();
    await bobs.seesState('while you look elsewhere', 'Read');
  });

  it('WEB-45: an edit, an answer, a reaction and a deletion are seen by both', async () => {
    await bobs.say('tea or cofee?');
    await adas.sees('tea or cofee?');
    await bobs.composer.press('ArrowUp');
    expect(await bobs.composer.inputValue()).toBe('tea or cofee?');
    await bobs.composer.fill('tea or coffee?');
    await bobs.composer.press('Enter');
    await adas.seesState('tea or coffee?', 'edited');
    await adas.choose('tea or coffee?', 'Answer');
    await adas.say('coffee please');
    await bobs
      .message('coffee please')
      .getByText('Answer to you')
      .or(bobs.message('coffee please').getByRole('button', { name: /tea or coffee/ }))
      .first()
      .waitFor();
    await (await bobs.menuOf('coffee please')).getByRole('button', { name: 'React with ❤️' }).click();
    await adas.message('coffee please').getByRole('button', { name: '❤️ by Bob' }).waitFor();

    await bobs.say('what nobody should know');
    await adas.sees('what nobody should know');
    await bobs.message('what nobody should know').focus();
    await bob.page.keyboard.press('Delete');
    await bob.press('Delete for everyone');
    await adas.sees('Bob deleted this message');
    await adas.seesNoMore('what nobody should know');
    await bobs.sees('You deleted this message');
  });

  it('WEB-47, WEB-48: many messages are counted, led to from the first unread on, and found again by their words', async () => {
    await ada.to('#/');
    for (let number = 1; number <= 30; number++) await bobs.say(`line ${number} of a long story`);
    await bobs.seesState('line 30 ', 'Delivered');
    const row = ada.page.getByRole('navigation', { name: 'Conversations' }).getByRole('link', { name: 'Bob' });
    await row.getByText('30', { exact: true }).waitFor();
    expect(await ada.page.title()).toContain('30');
    await adas.open();
    await ada.sees('30 new messages');
    await expectSoon(() => adas.isInView('line 1 of'), true);
    expect(await adas.isInView('line 30 of')).toBe(false);
    await ada.press(/^To (?:the newest message|\d+ new messages)$/);
    await expectSoon(() => adas.isInView('line 30 of'), true);
    await ada.page.keyboard.press('Control+k');
    await ada.page.keyboard.type('cofee');
    await ada.sees('Nothing found');
    await ada.page.keyboard.press('Control+a');
    await ada.page.keyboard.type('coffee please');
    await ada.page.getByRole('region', { name: 'Messages' }).getByRole('link').first().click();
    await expectSoon(() => adas.isInView('coffee please'), true);
  });

  it('WEB-49: who is blocked is not heard, and is heard again afterwards', async () => {
    await ada.press('Menu of the conversation');
    await ada.page.getByRole('menuitem', { name: 'Block' }).click();
    await ada.page.getByRole('alertdialog').getByRole('button', { name: 'Block' }).click();
    await ada.heading('You blocked Bob').waitFor();
    await bobs.say('can you hear me?');
    await bobs.seesState('can you hear me?', 'Stored');
    await ada.press('Unblock');
    await adas.say('I am back');
    await bobs.sees('I am back');
    await bobs.say('good');
    await adas.sees('good');
    expect(await adas.message('can you hear me?').count()).toBe(0);
  });

  it('MEET-10: who is removed is gone with all that was said, and a stranger when they write again', async () => {
    const conversation = new URL(ada.page.url()).hash;
    await ada.page.goto(new URL(`${conversation}/info`, ada.page.url()).href);
    await ada.press(/^Remove/u);
    const dialog = ada.page.getByRole('alertdialog', { name: 'Remove Bob?' });
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await ada.press(/^Remove/u);
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await ada.sees('Bob is removed');
    await expectSoon(() => ada.page.getByRole('link', { name: /Bob/u }).count(), 0);
    expect(new URL(ada.page.url()).hash).toBe('#/');
    await ada.page.goBack();
    expect(await ada.page.getByText('coffee please').count()).toBe(0);
    await bobs.say('have you forgotten me?');
    await ada.page.goto(new URL('#/requests', ada.page.url()).href);
    await ada.press('Show messages');
    await ada.sees('have you forgotten me?');
    expect(await ada.page.getByText('coffee please').count()).toBe(0);
    await bobs.seesState('have you forgotten me?', 'Stored');
  });

  it('WEB-41, WEB-43: who still looks at their own link when somebody writes is told who, and comes to them', async () => {
    const cleo = await stage.visitor('Cleo', node);
    await cleo.go();
    await cleo.field('Your name').fill('Cleo');
    await cleo.press('Start');
    await cleo.press('I wrote it down');
    const invite = await cleo.field('Invite link').inputValue();
    const hers = new Talk(ada.page, 'Cleo');
    await ada.to(new URL(invite).hash);
    await ada.press('Add and open conversation');
    await hers.say('Hello Cleo');
    await cleo.sees('Ada wrote to you.');
    await cleo.press('Read and answer');
    await cleo.press('Accept');
    await cleo.sees('Hello Cleo');
  });
});
