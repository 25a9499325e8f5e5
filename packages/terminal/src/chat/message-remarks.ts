/** What stands beside the words of a message: what it answers, reactions, that it was edited, when it disappears. */
import type { Message } from '@sotto/engine/api';
import { isNotice, type Entry } from './chat-state.ts';
import { durationWords, remainingWords } from '../text/duration.ts';
import { withLinkWarnings } from '../text/link-warnings.ts';
import { safeLine, safeText } from '../text/safe-text.ts';

/** What the message says; in brackets what is not somebody's words. */
export function contentWords({ content }: Message): string {
  if ('text' in content) return withLinkWarnings(safeText(content.text));
  if ('gap' in content) {
    return content.gap === 1
      ? '(a message has not arrived; asked for it)'
      : `(${content.gap} messages have not arrived; asked for them)`;
  }
  if ('undecryptable' in content) return '(a message came that this device could not open)';
  if ('deleted' in content) return '(deleted)';
  if ('timer' in content) {
    return content.timer === 0
      ? '(messages from here on stay)'
      : `(messages from here on disappear ${durationWords(content.timer)} after they are sent or read)`;
  }
  return '(a kind of message this version does not know)';
}

/** `↪ Alice: how it began`; empty when it answers nothing. */
export function replyWords({ replyTo, conversation }: Message): string {
  if (replyTo === undefined) return '';
  const { from, name, text } = replyTo;
  if (from === '') return '↪ a message that is not here';
  return `↪ ${from === conversation ? safeLine(name) : 'you'}: ${text === '' ? '(no text any more)' : safeLine(text)}`;
}

/** `👍 Bob  🎉 you` */
export function reactionWords({ reactions = [], conversation }: Message): string {
  return reactions
    .map(({ emoji, from, name }) => `${safeLine(emoji)} ${from === conversation ? safeLine(name) : 'you'}`)
    .join('  ');
}

/** @param nowMs ms since 1970 */
export function expiryWords({ disappearAfter, expiresAt, content, outgoing }: Message, nowMs: number): string {
  if (disappearAfter === undefined || 'deleted' in content) return '';
  if (expiresAt === undefined)
    return `disappears ${durationWords(disappearAfter)} after it is ${outgoing ? 'sent' : 'read'}`;
  return `disappears in ${remainingWords(expiresAt - nowMs)}`;
}

/** When what is said of disappearing messages changes next; null: nothing is said of any. */
export function countdownMs(entries: readonly Entry[], nowMs: number): number | null {
  let left = Infinity;
  for (const entry of entries) {
    if (!isNotice(entry) && entry.expiresAt !== undefined) left = Math.min(left, entry.expiresAt - nowMs);
  }
  return left === Infinity ? null : left <= 90_000 ? 1000 : 30_000;
}
