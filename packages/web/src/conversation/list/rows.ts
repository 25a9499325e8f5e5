/** How the messages of a conversation stand together on the screen. */
import type { Message } from '@sotto/engine/api';

export interface Row {
  readonly message: Message;
  /** The first of its day. */
  readonly day: boolean;
  /** What is unread begins here. */
  readonly unreadLine: boolean;
  /** First and last of what one person wrote in one go. */
  readonly first: boolean;
  readonly last: boolean;
  /** The newest own one: its state is told in words. */
  readonly newestOwn: boolean;
}

/** What is further apart does not belong together. */
const TOGETHER_MS = 5 * 60_000;

/** The time by which a message is shown: the clock of whoever wrote it, unless that is ahead of ours. */
export function shownAt({ outgoing, sentAt, receivedAt }: Message): number {
  return outgoing || receivedAt === 0 ? sentAt : Math.min(sentAt, receivedAt);
}

const days = new WeakMap<Message, string>();

/** The day of the calendar by which it is shown. */
function dayOf(message: Message): string {
  const known = days.get(message);
  if (known !== undefined) return known;
  const day = new Date(shownAt(message)).toDateString();
  days.set(message, day);
  return day;
}

/** Whether it stands as a bubble; else as a line of the conversation's own. */
export function isBubble({ content }: Message): boolean {
  return 'text' in content || 'unknown' in content || 'deleted' in content;
}

export function rowsOf(messages: readonly Message[], firstUnread: number | null): Row[] {
  const newestOwn = messages.findLastIndex((message) => message.outgoing && 'text' in message.content);
  return messages.map((message, index): Row => {
    const before = messages[index - 1];
    const after = messages[index + 1];
    return {
      message,
      day: before === undefined || dayOf(before) !== dayOf(message),
      unreadLine: isFirstUnread(message, before, firstUnread),
      first: before === undefined || !belongTogether(before, message, firstUnread),
      last: after === undefined || !belongTogether(message, after, firstUnread),
      newestOwn: index === newestOwn,
    };
  });
}

/** The line stays where it was when the message below it is gone. */
function isFirstUnread(message: Message, before: Message | undefined, firstUnread: number | null): boolean {
  if (firstUnread === null || message.position < firstUnread) return false;
  return before === undefined ? message.position === firstUnread : before.position < firstUnread;
}

function belongTogether(before: Message, after: Message, firstUnread: number | null): boolean {
  return (
    before.outgoing === after.outgoing &&
    isBubble(before) &&
    isBubble(after) &&
    Math.abs(shownAt(after) - shownAt(before)) < TOGETHER_MS &&
    dayOf(before) === dayOf(after) &&
    !isFirstUnread(after, before, firstUnread)
  );
}
