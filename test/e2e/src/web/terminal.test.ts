import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PtyProgram } from '../../../../packages/terminal/src/pty.fixture.ts';
import { end, Person, SOTTO, type NodeProcess } from '../processes.ts';
import { expectSoon, Stage, TEST_MS } from './browser.ts';
import { hasChromium } from './chromium.ts';
import { Talk } from './talk.ts';
import type { WebPerson } from './web-person.ts';

describe.skipIf(!hasChromium)('a browser and a terminal', { timeout: TEST_MS }, () => {
  let stage: Stage;
  let node: NodeProcess;
  let alice: Awaited<ReturnType<typeof Person.create>>;
  let bob: WebPerson;
  let bobs: Talk;
  let screen: PtyProgram;
  beforeAll(async () => {
    stage = await Stage.open();
    node = await stage.node();
    [alice, bob] = await Promise.all([Person.create(stage.playground, 'Alice', node.url), stage.person('Bob', node)]);
    bobs = new Talk(bob.page, 'Alice');
  }, TEST_MS);
  afterEach((context) => stage.expectCalm(context));
  afterAll(async () => {
    screen?.kill();
    await stage?.close();
  });

  it('WEB-55: they talk: the link of the terminal is pasted, receipts come, each sees the other type', async () => {
    await bob.to('#/add');
    await bob.field('Invite link, address or token').fill(`This is me: ${alice.invite} — Alice`);
    await bob.press('Continue');
    await bob.press('Add and open conversation');
    await bobs.say('hello from a browser');
    await bobs.seesState('hello from a browser', 'Stored on 1 node');
    await alice.acceptRequests();
    screen = new PtyProgram(process.execPath, [SOTTO, 'chat', '--profile', alice.profile], { columns: 60, rows: 24 });
    await screen.shows(/hello from a browser[^]*online/);
    await bobs.seesState('hello from a browser', 'Read');
    screen.write('hello from a terminal\r');
    await bobs.sees('hello from a terminal');
    await screen.shows(/hello from a terminal[^]*read/);
    await bobs.composer.pressSequentially('well', { delay: 20 });
    await screen.shows(/typing|writes/);
    screen.write('and you');
    await bob.sees('is typing');
    screen.write('?\r');
    await bobs.sees('and you?');
  });

  it('WEB-45: an edit, a reaction and an answer from either side are seen on the other', async () => {
    await bobs.say('tea or cofee?');
    await screen.shows('tea or cofee?');
    await bobs.composer.press('ArrowUp');
    await bobs.composer.fill('tea or coffee?');
    await bobs.composer.press('Enter');
    await screen.shows(/tea or coffee\?\s+\(edited\)/);
    screen.write('/reply coffee please\r');
    await bobs.seesState('coffee please', 'tea or coffee?');
    screen.write('/react party\r');
    await bobs
      .message(/^(?!.*coffee please).*tea or coffee\?/)
      .getByRole('button', { name: '🎉 by Alice' })
      .waitFor();
    await (await bobs.menuOf('coffee please')).getByRole('button', { name: 'React with ❤️' }).click();
    await screen.shows('❤️ Bob');
  });

  it('WEB-56: with a timer messages disappear at both sides, and say when', async () => {
    screen.write('/timer 4s\r');
    await bobs.sees('Alice made new messages disappear after 4 seconds');
    await bobs.say('gone in a moment');
    await screen.shows('gone in a moment');
    await bobs
      .message('gone in a moment')
      .getByText(/^Disappears/)
      .first()
      .waitFor();
    await bobs.seesNoMore('gone in a moment');
    await expectSoon(() => screen.text.includes('gone in a moment'), false);
    await bob.press(/^Messages disappear after/);
    await bob.page.getByRole('radio', { name: 'They stay' }).check();
    await bob.press('Set');
    await bobs.sees('You let new messages stay');
    await bobs.say('this one stays');
    await screen.shows('this one stays');
  });

  it('WEB-57: a browser becomes a device of the account in the terminal, by its code, and has what was said', async () => {
    const laptop = await stage.visitor('Alice', node);
    await laptop.go();
    await laptop.press('I have an account');
    await laptop.press(/^Link this device/);
    await laptop.field('Name of this device').fill('laptop');
    await laptop.press('Show the code');
    const code = laptop.field('Code as text');
    await code.waitFor();
    const approving = alice.start('link', '--approve', await code.inputValue(), '--yes');
    const talk = await laptop.talkWith('Bob');
    await talk.sees('hello from a browser');
    await talk.seesState('hello from a terminal', 'Read');
    await bobs.say('you are two now');
    await talk.sees('you are two now');
    await screen.shows('you are two now');
    await talk.say('from my laptop');
    await bobs.sees('from my laptop');
    await screen.shows('from my laptop');
    await laptop.to('#/settings/devices');
    await laptop.sees('laptop');
    await laptop.sees('This device');
    await end(approving, 'SIGTERM');
    expect((await alice.ok('devices')).map(({ name }) => name)).toContain('laptop');
  });
});
