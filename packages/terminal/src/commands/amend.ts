import { EngineError, type EngineHandle, type Message } from '@sotto/engine/api';
import { EXIT } from '../exit-status.ts';
import { durationWords, parseDuration } from '../text/duration.ts';
import { safeLine } from '../text/safe-text.ts';
import type { CommandContext } from './command-context.ts';
import { messageJson, messageText } from './message-text.ts';

/** `sotto edit ID TEXT…` */
export async function edit(id: string, words: readonly string[], { session, print }: CommandContext): Promise<number> {
  return show(await (await session()).edit({ id, text: words.join(' ') }), print);
}

/** `sotto delete ID`: for both sides; with --here on this device only. */
export async function remove(
  id: string,
  { here = false }: { here?: boolean },
  { session, print }: CommandContext,
): Promise<number> {
  const engine = await session();
  if (!here) return show(await engine.delete({ id }), print);
  await engine.hide({ id });
  print({ id, hidden: true }, `${id} hidden`);
  return EXIT.done;
}

/** `sotto react ID EMOJI`; without an emoji the own reaction is taken back. */
export async function react(
  id: string,
  emoji: string | undefined,
  { session, print }: CommandContext,
): Promise<number> {
  return show(await (await session()).react({ id, emoji: emoji ?? '' }), print);
}

/** `sotto timer WHO [5m]` */
export async function timer(
  who: string,
  length: string | undefined,
  { session, print }: CommandContext,
): Promise<number> {
  const engine = await session();
  const contact = await contactOf(engine, who);
  const seconds = length === undefined ? undefined : parseDuration(length);
  if (seconds === null)
    throw new EngineError('bad-input', `"${safeLine(length ?? '')}" is no time: use 30s, 5m, 1h, 1d, 1w or off.`);
  const now = seconds === undefined ? contact : await engine.setTimer({ conversation: contact.address, seconds });
  const words = now.timer === 0 ? 'messages stay' : `messages disappear after ${durationWords(now.timer)}`;
  print({ address: now.address, name: now.name, timer: now.timer }, `${safeLine(now.name)}: ${words}`);
  return EXIT.done;
}

/** What is to be sent is in the outbox and goes out by itself, now or with the next command. */
function show(message: Message, print: CommandContext['print']): number {
  print(messageJson(message), messageText(message));
  return EXIT.done;
}

async function contactOf(engine: EngineHandle, who: string): ReturnType<EngineHandle['add']> {
  const contacts = await engine.contacts({});
  const found = contacts.find(({ name, token, address }) => name === who || token === who || address === who);
  if (found === undefined) throw new EngineError('unknown-contact', `"${safeLine(who)}" is no contact. Add it first.`);
  return found;
}
