import type { MessageState, WaitFor } from '@sotto/engine/api';
import { EXIT } from '../exit-status.ts';
import { withCommand } from '../text/with-command.ts';
import { storedJson } from './message-text.ts';
import type { CommandContext } from './command-context.ts';
import { connectionWords } from './until-connected.ts';

export interface SendOptions {
  readonly wait: WaitFor;
  /** Seconds to wait for that. */
  readonly timeout: number;
  /** Id of the message that is answered. */
  readonly replyTo?: string;
}

const RANK: Readonly<Record<MessageState, number>> = {
  failed: -1,
  waiting: 0,
  sent: 1,
  stored: 2,
  delivered: 3,
  read: 4,
};

/**
 * `sotto send`: 0 when the wanted state was reached, 75 when the message waits in the outbox (77 when the node does not
 * want this profile), 69 when it failed.
 */
export async function send(
  to: string,
  words: readonly string[],
  { wait, timeout, replyTo }: SendOptions,
  { session, print, tell }: CommandContext,
): Promise<number> {
  const engine = await session();
  const text = words.join(' ');
  const answer = replyTo === undefined ? {} : { replyTo };
  const message = await engine.send({ to, text, ...answer, wait, timeoutMs: timeout * 1_000 });
  const { id, state } = message;
  const connection = await engine.connection({});
  const reached = RANK[state] >= RANK[wait];
  const why = message.problem ?? (reached ? undefined : connection.problem);
  const problem = why === undefined ? undefined : withCommand(why);
  const stored = message.storedNodes === undefined ? {} : storedJson(message);
  print({ id, state, ...stored, ...(problem === undefined ? {} : { problem }) }, `${id} ${state}`);
  if (state === 'failed') {
    tell(`Not delivered: ${problem ?? 'the node refused it.'}`);
    return EXIT.unreachable;
  }
  if (reached) return EXIT.done;
  if (connection.code === 'not-allowed') {
    tell(
      `The message is kept, but does not go out before this is put right: ${problem ?? connectionWords(connection)}`,
    );
    return EXIT.notAllowed;
  }
  tell(
    `The message is kept and goes out by itself; it was not ${wait} within ${timeout} s. ${problem ?? ''}`.trimEnd(),
  );
  return EXIT.tryLater;
}
