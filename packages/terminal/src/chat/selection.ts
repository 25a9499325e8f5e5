/** Messages by number: `#1` is the newest one, counted upwards. */
import type { Message } from '@sotto/engine/api';
import { EMPTY_DRAFT, textOf, type Draft } from '../screen/line-editor.ts';
import { isNotice, type Conversation, type Entry } from './chat-state.ts';

/** As many as are numbered; who means an older one searches. */
const MAX_NUMBER = 99;
const COMMANDS = /^\/(reply|edit|delete|hide|react)(\s|$)/;

/** A draft that is a command that takes a number shows them; they stay as they are while it is typed. */
export function numberedFor(draft: Draft, { entries, numbered }: Conversation): readonly string[] | null {
  return COMMANDS.test(textOf(draft).trimStart()) ? (numbered ?? selectable(entries)) : null;
}

/** The draft, unless it holds the words of a message that is gone: those go with it. */
export function draftWithout({ draft, numbered }: Conversation, id: string): Draft {
  const [, number = '0'] = /^\/edit #(\d+)/.exec(textOf(draft)) ?? [];
  return numbered?.[Number(number) - 1] === id ? EMPTY_DRAFT : draft;
}

/** Ids of the messages that can be chosen, newest first: number 1 and so on. */
export function selectable(entries: readonly Entry[]): string[] {
  const ids: string[] = [];
  for (let at = entries.length - 1; at >= 0 && ids.length < MAX_NUMBER; at--) {
    const entry = entries[at] as Entry;
    if (!isNotice(entry) && isSelectable(entry)) ids.push(entry.id);
  }
  return ids;
}

/**
 * @param number null: the newest that `suits`
 * @param chosen what was numbered when the person looked
 */
export function pick(
  entries: readonly Entry[],
  chosen: readonly string[],
  number: number | null,
  suits: (message: Message) => boolean,
): Message | null {
  const id = number === null ? undefined : chosen[number - 1];
  if (number !== null && id === undefined) return null;
  const found = entries.findLast(
    (entry): entry is Message =>
      !isNotice(entry) && (id === undefined ? isSelectable(entry) && suits(entry) : entry.id === id),
  );
  return found ?? null;
}

const isSelectable = ({ content }: Message): boolean => !('gap' in content) && !('timer' in content);
