import type { Message } from '@sotto/engine/api';
import { stateWords } from '../chat/message-lines.ts';
import { contentWords, expiryWords, reactionWords, replyWords } from '../chat/message-remarks.ts';
import { safeLine } from '../text/safe-text.ts';

/** What `recv`, `history` and `search` print with --json. */
export function messageJson(message: Message): object {
  const { id, from, name, conversation, sentAt, receivedAt, content } = message;
  const { replyTo, editedAt, reactions, disappearAfter, expiresAt, amendmentProblem } = message;
  const more = { replyTo, editedAt, reactions, disappearAfter, expiresAt, amendmentProblem };
  // What is undefined is left out of the JSON.
  const common = { id, from, name, conversation, sentAt, receivedAt, content, ...more };
  if (!message.outgoing) return common;
  const { state, problem } = message;
  return { ...common, outgoing: true, state, ...storedJson(message), ...(problem === undefined ? {} : { problem }) };
}

/** Ids of the nodes that proved to have it, and how many are wanted. */
export const storedJson = ({ storedNodes, storedOf }: Message): { storedOn: readonly string[]; storedOf?: number } => ({
  storedOn: storedNodes ?? [],
  ...(storedOf === undefined ? {} : { storedOf }),
});

/** The same for people: one line, further lines of the text indented. */
export function messageText(message: Message): string {
  const time = new Date(message.sentAt).toLocaleString();
  const head = `${time}  ${message.outgoing ? 'you' : safeLine(message.name)}: `;
  const quoted = replyWords(message);
  const remarks = [
    message.editedAt === undefined ? '' : 'edited',
    stateWords(message),
    expiryWords(message, Date.now()),
    reactionWords(message),
    safeLine(message.amendmentProblem ?? ''),
  ].filter((words) => words !== '');
  const text = (quoted === '' ? '' : `${quoted}\n`) + contentWords(message);
  return head + text.replaceAll('\n', '\n    ') + (remarks.length === 0 ? '' : `  (${remarks.join(', ')})`);
}
