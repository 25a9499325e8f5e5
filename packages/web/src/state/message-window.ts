/** A stretch of one conversation, in rising order of position, without holes. Nothing here waits or asks. */
import type { Message } from '@sotto/engine/api';

export interface MessageWindow {
  readonly messages: readonly Message[];
  /** There are messages before the first, after the last, that are not here. */
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
}

export const EMPTY_WINDOW: MessageWindow = { messages: [], hasOlder: false, hasNewer: false };

/** More are not kept: who scrolls through 100,000 messages holds this many at a time. */
export const MAX_HELD = 1500;
/** So many are kept when there are more. */
const HELD_AFTER_TRIM = 1000;

/** Index of the message with this position, or of the first after it. */
export function indexOfPosition(messages: readonly Message[], position: number): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((messages[middle]?.position ?? Infinity) < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function messageAt(messages: readonly Message[], position: number): Message | null {
  const found = messages[indexOfPosition(messages, position)];
  return found?.position === position ? found : null;
}

/**
 * New, or changed. What lies outside the stretch is left out, unless the stretch reaches that end of the history.
 * A gap of nothing is a placeholder that is not needed any more.
 */
export function withMessages(window: MessageWindow, news: readonly Message[]): MessageWindow {
  if (news.length === 0) return window;
  const messages = [...window.messages];
  for (const message of news) put(messages, message, window);
  return { ...window, messages };
}

function put(messages: Message[], message: Message, { hasOlder, hasNewer }: MessageWindow): void {
  const index = indexOfPosition(messages, message.position);
  const isHere = messages[index]?.position === message.position;
  if ('gap' in message.content && message.content.gap === 0) {
    if (isHere) messages.splice(index, 1);
    return;
  }
  if (!isHere && index === messages.length && hasNewer) return;
  if (!isHere && index === 0 && hasOlder) return;
  messages.splice(index, isHere ? 1 : 0, message);
}

export function withoutPosition(window: MessageWindow, position: number): MessageWindow {
  const index = indexOfPosition(window.messages, position);
  if (window.messages[index]?.position !== position) return window;
  return { ...window, messages: window.messages.toSpliced(index, 1) };
}

/** A page of what lies before the first message. */
export function withOlder(window: MessageWindow, page: readonly Message[], more: boolean): MessageWindow {
  const first = window.messages[0]?.position ?? Infinity;
  const older = page.filter(({ position }) => position < first);
  return { ...window, messages: [...older, ...window.messages], hasOlder: more };
}

/** A page of what lies after the last message. */
export function withNewer(window: MessageWindow, page: readonly Message[], more: boolean): MessageWindow {
  const last = window.messages.at(-1)?.position ?? -1;
  const newer = page.filter(({ position }) => position > last);
  return { ...window, messages: [...window.messages, ...newer], hasNewer: more };
}

/** Lets go of what is far from where the reader is. @param keep the end near which they are */
export function trimmed(window: MessageWindow, keep: 'older' | 'newer'): MessageWindow {
  const { messages } = window;
  if (messages.length <= MAX_HELD) return window;
  return keep === 'older'
    ? { ...window, messages: messages.slice(0, HELD_AFTER_TRIM), hasNewer: true }
    : { ...window, messages: messages.slice(-HELD_AFTER_TRIM), hasOlder: true };
}
