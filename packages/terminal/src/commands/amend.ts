import { EngineError, type EngineHandle, type Message } from '@sotto/engine/api';
import { EXIT } from '../exit-status.ts';
import { durationWords, parseDuration } from '../text/duration.ts';
import { emojiOf } from '../text/emoji-names.ts';
import { safeLine } from '../text/safe-text.ts';
import type { CommandContext } from './command-context.ts';
import { messageJson, messageText } from './message-text.ts';
import { connectionWords, FIRST_CONNECTION_MS, untilConnected } from './until-connected.ts';

/** A deletion says at the end whether it got to the node. */
const LEAVING_MS = 15_000;

/** Where the message is: to be said when several conversations have one with this id. */
export interface InOptions {
  in?: string;
}

/** `sotto edit ID TEXT…` */
export async function edit(
  id: string,
  words: readonly string[],
  options: InOptions,
  context: CommandContext,
): Promise<number> {
  return amend((engine) => engine.edit({ ...named(id, options), text: words.join(' ') }), context);
}

/** `sotto delete ID`: for both sides; with --here on this device only. */
export async function remove(
  id: string,
  { here = false, ...options }: InOptions & { here?: boolean },
  context: CommandContext,
): Promise<number> {
  if (!here) return amend((opened) => opened.delete(named(id, options)), context);
  const { session, print } = context;
  const engine = await session();
  await engine.hide(named(id, options));
  print({ id, hidden: true }, `${id} hidden`);
  return EXIT.done;
}

/** `sotto react ID EMOJI`; without an emoji the own reaction is taken back. */
export async function react(
  id: string,
  emoji: string | undefined,
  options: InOptions,
  context: CommandContext,
): Promise<number> {
  return amend((engine) => engine.react({ ...named(id, options), emoji: emojiOf(emoji ?? '') }), context);
}

/** `sotto timer WHO [5m]` */
export async function timer(
  who: string,
  length: string | undefined,
  { session, print, tell }: CommandContext,
): Promise<number> {
  const engine = await session();
  const contact = await contactOf(engine, who);
  const seconds = length === undefined ? undefined : parseDuration(length);
  if (seconds === null)
    throw new EngineError('bad-input', `"${safeLine(length ?? '')}" is no time: use 30s, 5m, 1h, 1d, 1w or off.`);
  const now = seconds === undefined ? contact : await engine.setTimer({ conversation: contact.address, seconds });
  const status = seconds === undefined ? EXIT.done : await goneOut(engine, tell);
  const words = now.timer === 0 ? 'messages stay' : `messages disappear after ${durationWords(now.timer)}`;
  print({ address: now.address, name: now.name, timer: now.timer }, `${safeLine(now.name)}: ${words}`);
  return status;
}

const named = (id: string, options: InOptions): { id: string; conversation?: string } =>
  options.in === undefined ? { id } : { id, conversation: options.in };

/** Changes a message and lets the change go out: its author expects the other side to see it now. */
async function amend(
  change: (engine: EngineHandle) => Promise<Message>,
  { session, print, tell }: CommandContext,
): Promise<number> {
  const engine = await session();
  let message: Message | null = null;
  const left = Promise.withResolvers<void>();
  const off = engine.on((event) => {
    if (event.type !== 'changed' || event.message.id !== message?.id) return;
    message = event.message;
    if (message.state !== 'waiting') left.resolve();
  });
  const timer = setTimeout(left.resolve, LEAVING_MS);
  try {
    message = await change(engine);
    const status = await goneOut(engine, tell);
    if (status === EXIT.done && message.state === 'waiting') await left.promise;
    print(messageJson(message), messageText(message));
    return status;
  } finally {
    clearTimeout(timer);
    off();
  }
}

/** Until the node has what waits: 0; else 75, it is in the outbox and goes out with a later command. */
async function goneOut(engine: EngineHandle, tell: CommandContext['tell']): Promise<number> {
  const connection = await untilConnected(engine, FIRST_CONNECTION_MS);
  // What is under way when a command ends is sent to its end.
  if (connection.state === 'online') return EXIT.done;
  tell(`It is done here and goes out by itself, later. ${connectionWords(connection)}`);
  return connection.code === 'not-allowed' ? EXIT.notAllowed : EXIT.tryLater;
}

async function contactOf(engine: EngineHandle, who: string): ReturnType<EngineHandle['add']> {
  const contacts = await engine.contacts({});
  const found = contacts.find(({ name, token, address }) => name === who || token === who || address === who);
  if (found === undefined) throw new EngineError('unknown-contact', `"${safeLine(who)}" is no contact. Add it first.`);
  return found;
}
