/** What a notification says of a message, and whether there is to be one. */
import type { Message } from '@sotto/engine/api';
import { hrefOf } from '../../app/router.ts';

export interface NotificationWords {
  readonly title: string;
  readonly body: string;
  /** A later one of the same conversation takes the place of this one. */
  readonly tag: string;
  /** Where a click leads. */
  readonly route: string;
}

/** Texts of the area `settings`. */
export interface NotificationTexts {
  readonly message: string;
  readonly newMessage: string;
  readonly request: string;
  readonly requestBody: string;
  readonly unshown: string;
}

type NotificationMode = 'off' | 'private' | 'full';

/** Systems keep notifications after their tab has gone: of a private session they say neither who nor what (TAB-10). */
export function modeFor(chosen: NotificationMode, isPrivate: boolean): NotificationMode {
  return isPrivate && chosen === 'full' ? 'private' : chosen;
}

const MAX_BODY = 200;
/** One that was waiting for so long says nothing new on a lock screen. */
const MAX_AGE_MS = 7 * 86_400_000;

/** @returns null: nobody is to be disturbed by it */
export function notificationOf(
  message: Message,
  mode: NotificationMode,
  texts: NotificationTexts,
  nowMs: number,
): NotificationWords | null {
  const { outgoing, state, content, conversation, name, request, receivedAt } = message;
  if (mode === 'off' || outgoing || state === 'read' || nowMs - receivedAt > MAX_AGE_MS) return null;
  if (!('text' in content) && !('unknown' in content)) return null;
  if (mode === 'private') {
    return { title: texts.message, body: texts.newMessage, tag: 'sotto', route: '#/' };
  }
  if (request === true) {
    // Nobody chose to hear from them: neither their name nor their words stand on a lock screen.
    return { title: texts.request, body: texts.requestBody, tag: 'sotto-requests', route: '#/requests' };
  }
  return {
    title: oneLine(name),
    body: 'text' in content ? oneLine(content.text) : texts.unshown,
    tag: `sotto-${conversation}`,
    route: hrefOf({ screen: 'conversation', address: conversation, at: null }),
  };
}

/** Systems show what they are given: without line breaks, control characters and turns of direction. */
function oneLine(text: string): string {
  const line = text
    .slice(0, MAX_BODY * 2)
    .replaceAll(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/gu, ' ')
    .trim();
  const characters = Array.from(line);
  return characters.length > MAX_BODY ? `${characters.slice(0, MAX_BODY - 1).join('')}…` : line;
}
