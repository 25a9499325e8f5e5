import type { Message } from '@sotto/engine/api';
import { stateWords } from '../chat/message-lines.ts';
import { safeLine, safeText } from '../text/safe-text.ts';

/** What `recv`, `history` and `search` print with --json. */
export function messageJson(message: Message): object {
  const { id, from, name, conversation, sentAt, receivedAt, content } = message;
  const common = { id, from, name, conversation, sentAt, receivedAt, content };
  if (!message.outgoing) return common;
  const { state, storedOn, problem } = message;
  return { ...common, outgoing: true, state, storedOn, ...(problem === undefined ? {} : { problem }) };
}

/** The same for people: one line, further lines of the text indented. */
export function messageText(message: Message): string {
  const time = new Date(message.sentAt).toLocaleString();
  const state = stateWords(message);
  const head = `${time}  ${message.outgoing ? 'you' : safeLine(message.name)}: `;
  return head + contentText(message).replaceAll('\n', '\n    ') + (state === '' ? '' : `  (${state})`);
}

function contentText({ content }: Message): string {
  if ('text' in content) return safeText(content.text);
  if ('gap' in content) return `(${content.gap} missing, asked for again)`;
  return 'undecryptable' in content ? '(could not be opened)' : '(unknown kind of message)';
}
