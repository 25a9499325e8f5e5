import { EngineError, type Contact, type EngineApi } from '@sotto/engine/api';
import { safeLine } from '../text/safe-text.ts';
import { deviceText } from '../commands/devices.ts';
import { amend } from './amend-actions.ts';
import { COMMANDS, type Command } from './commands.ts';
import { speak } from './lobby-page.ts';
import { contactOf, conversationOf, isNotice, START, type ChatState } from './chat-state.ts';

const TOKEN = /^[a-z2-7]{12}$/;

/** What an action may do to the screen. */
export interface Actions {
  readonly engine: EngineApi;
  readonly state: () => ChatState;
  readonly openConversation: (address: string) => Promise<void>;
  readonly say: (text: string, urgent?: boolean) => void;
  readonly setMe: () => Promise<void>;
  readonly leave: () => void;
  readonly setDraft: (text: string) => void;
  /** Ids of the messages as they were numbered while the command was typed, newest first. */
  readonly numbered: readonly string[] | null;
}

/** Does what a typed line asks for; engine errors come out as they are, with words for the person. */
export async function perform(command: Command, actions: Actions): Promise<void> {
  const { engine, say } = actions;
  const { open } = actions.state();
  switch (command.kind) {
    case 'say':
      if (open === START && actions.state().connection.room === true) return await speak(command.text, actions);
      if (open === START)
        return say('Nobody to send this to yet: /to NAME opens a conversation, Tab goes through them.', true);
      return void (await engine.send({ to: open, text: command.text, wait: 'sent', timeoutMs: 0 }));
    case 'speak':
      return await speak(command.text, actions);
    case 'to':
      return await writeTo(command.to, command.text, actions);
    case 'list':
      return await list(actions);
    case 'add': {
      const contact = await engine.add({ to: command.to, ...(command.name === '' ? {} : { name: command.name }) });
      return await actions.openConversation(contact.address);
    }
    case 'devices':
      for (const device of (await engine.devices({})).devices) say(deviceText(device));
      return;
    case 'link':
      return await linkDevice(command.code, command.confirmed, actions);
    case 'invite':
      return say((await engine.whoami({})).invite);
    case 'name':
      await engine.setProfile({ name: command.name });
      await actions.setMe();
      return say(`You are ${safeLine(command.name)} now.`);
    case 'verify':
      return await verify(command.confirmed, actions);
    case 'accept':
      return await answer('accepted', 'Accepted.', actions);
    case 'block':
      return await answer('blocked', 'Blocked: nothing of theirs will be shown.', actions);
    case 'search':
      return await search(command.text, actions);
    case 'retry':
      return await retry(actions);
    case 'reply':
    case 'edit':
    case 'delete':
    case 'hide':
    case 'react':
    case 'timer':
      return await amend(command, actions);
    case 'help':
      for (const [usage, meaning] of COMMANDS) say(`${usage.padEnd(18)} ${meaning}`);
      return say('Tab and Shift-Tab change the conversation, PgUp and PgDn scroll, Alt-Enter starts a new line.');
    case 'leave':
      return actions.leave();
    case 'usage':
      return say(`Usage: ${command.usage}`, true);
    case 'unknown':
      return say(
        `There is no command /${safeLine(command.word)}. /help lists them; // begins a text with a slash.`,
        true,
      );
  }
}

async function writeTo(to: string, text: string, actions: Actions): Promise<void> {
  const { engine, openConversation } = actions;
  const known = await whoIs(to, actions);
  if (text === '') return await openConversation((await engine.add({ to: known })).address);
  const message = await engine.send({ to: known, text, wait: 'sent', timeoutMs: 0 });
  await openConversation(message.conversation);
}

/** The address of a contact, by name, address or token; else the token of somebody who is here now; else as it was given. */
async function whoIs(to: string, { engine, state }: Actions): Promise<string> {
  const wanted = to.toLowerCase();
  const known = state().contacts.find(
    ({ name, address, token }) => name.toLowerCase() === wanted || address === to || token === wanted,
  );
  if (known !== undefined) return known.address;
  if (TOKEN.test(wanted)) return wanted;
  // Nodes that keep mail know no guests, and refuse the question.
  const guests = await engine.present({}).catch(() => []);
  const named = guests.filter(({ name }) => name.toLowerCase() === wanted);
  if (named.length > 1) {
    const text = `Several people here are called ${safeLine(to)}. Use the token instead of the name; /list shows them.`;
    throw new EngineError('bad-input', text);
  }
  return named[0]?.token ?? to;
}

async function list({ engine, state, say }: Actions): Promise<void> {
  const here = await engine.present({}).catch(() => []);
  const { me, contacts } = state();
  const others = here.filter(({ address }) => address !== me.address);
  for (const { address, token, name } of others) {
    if (!contacts.some((contact) => contact.address === address)) say(`here     ${token}  ${safeLine(name)}`);
  }
  for (const contact of contacts) {
    const isHere = others.some(({ address }) => address === contact.address);
    say(`${statusWord(contact)} ${contact.token}  ${safeLine(contact.name)}${isHere ? ' (here)' : ''}`);
  }
  if (others.length + contacts.length === 0) say('Nobody yet. /invite shows the link with which others add you.');
}

function statusWord({ status, verified }: Contact): string {
  return (status === 'accepted' ? (verified ? 'verified' : 'contact') : status).padEnd(8);
}

/** First what it means, then, said again with "yes", the deed. */
async function linkDevice(code: string, confirmed: boolean, { engine, say }: Actions): Promise<void> {
  const { node } = await engine.describeLink({ code });
  if (!confirmed) {
    say(`A new device waits at ${safeLine(node)}. It will read and write everything in your name, from now on.`);
    say(
      'Only when you hold it, and the code came straight from its screen: the same again with " yes" behind the code.',
    );
    return;
  }
  say('Linking …');
  const device = await engine.approveLink({ code });
  say(`${deviceText(device)}: it is a device of your account now. Recent messages are sent to it.`);
}

async function verify(confirmed: boolean, { engine, state, say }: Actions): Promise<void> {
  const { open } = state();
  const contact = contactOf(state(), open);
  if (contact === undefined) return say('Open the conversation with the person first: /to NAME.', true);
  if (confirmed) {
    await engine.updateContact({ address: open, verified: true });
    return say(`${safeLine(contact.name)} is marked as verified.`);
  }
  const { digits } = await engine.safetyNumber({ address: open });
  say(`Safety number with ${safeLine(contact.name)}:`);
  const groups = digits.split(' ');
  for (let row = 0; row < groups.length; row += 4) say(`    ${groups.slice(row, row + 4).join(' ')}`);
  say('Compare it with theirs, face to face or in a call. Only if all digits are the same: /verify yes');
}

async function answer(status: 'accepted' | 'blocked', done: string, { engine, state, say }: Actions): Promise<void> {
  const { open } = state();
  if (contactOf(state(), open) === undefined)
    return say('Open the conversation with the person first: /to NAME.', true);
  await engine.updateContact({ address: open, status });
  say(done);
}

async function search(text: string, { engine, say }: Actions): Promise<void> {
  const { messages, indexed, total } = await engine.search({ text, limit: 20 });
  if (messages.length === 0) say(`Nothing found for "${safeLine(text)}".`);
  for (const message of messages) {
    const words = 'text' in message.content ? safeLine(message.content.text) : '';
    say(`${new Date(message.sentAt).toLocaleDateString()} ${safeLine(message.name)}: ${words}`);
  }
  if (indexed < total) say(`Searched ${indexed} of ${total} messages so far; the rest is being indexed.`);
}

async function retry({ engine, state, say }: Actions): Promise<void> {
  const failed = conversationOf(state()).entries.filter(
    (entry) => !isNotice(entry) && (entry.state === 'failed' || entry.amendmentProblem !== undefined),
  );
  if (failed.length === 0) return say('Nothing in this conversation has failed.');
  for (const entry of failed)
    if (!isNotice(entry)) await engine.resend({ id: entry.id, conversation: entry.conversation });
}
