import type { EngineHandle } from '@sotto/engine/api';
import { EXIT } from '../exit-status.ts';
import type { CommandContext } from './command-context.ts';
import { messageJson, messageText } from './message-text.ts';

export interface HistoryOptions {
  readonly limit: number;
  readonly before?: number;
}

/** `sotto history [WITH]` */
export async function history(
  partner: string | undefined,
  { limit, before }: HistoryOptions,
  { session, print, tell }: CommandContext,
): Promise<number> {
  const engine = await session();
  const { messages, more } = await engine.history({
    ...(partner === undefined ? {} : { conversation: await addressOf(engine, partner) }),
    ...(before === undefined ? {} : { before }),
    limit,
  });
  for (const message of messages) print({ ...messageJson(message), position: message.position }, messageText(message));
  const oldest = messages[0];
  if (more && oldest !== undefined) tell(`Older messages: --before ${oldest.position}`);
  return EXIT.done;
}

/** `sotto search TEXT…` */
export async function search(
  words: readonly string[],
  { limit, with: partner }: { limit: number; with?: string },
  { session, print, tell }: CommandContext,
): Promise<number> {
  const engine = await session();
  const scope = partner === undefined ? {} : { conversation: await addressOf(engine, partner) };
  let found = await engine.search({ text: words.join(' '), limit, ...scope });
  // A script wants the whole answer: wait until all of the history is indexed.
  for (let last = -1; found.indexed < found.total && found.indexed > last;) {
    last = found.indexed;
    tell(`Indexing ${found.indexed} of ${found.total} messages …`);
    await new Promise((resolve) => setTimeout(resolve, 250));
    found = await engine.search({ text: words.join(' '), limit, ...scope });
  }
  for (const message of found.messages)
    print({ ...messageJson(message), position: message.position }, messageText(message));
  if (found.messages.length === 0) tell('Nothing found.');
  return EXIT.done;
}

/** A contact by name or token; anything else is taken for an address. */
async function addressOf(engine: EngineHandle, who: string): Promise<string> {
  const known = (await engine.contacts({})).find(({ name, token }) => name === who || token === who);
  return known?.address ?? who;
}
