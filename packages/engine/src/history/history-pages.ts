/** Reading the history in pages, and marking it read. */
import type { Message } from '../api.ts';
import type { ContactEntry, Contacts } from '../contacts/contacts.ts';
import type { Database } from '../store/database.ts';
import type { History } from './history.ts';
import { stateNumber } from './message-state.ts';

const DEFAULT_PAGE = 50;
const MAX_PAGE = 1000;

export interface PageWanted {
  readonly contact: ContactEntry | null;
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly limit?: number | undefined;
}

/**
 * One page in rising order: the newest before `before`, or the oldest after `after`; without either, the newest.
 * Costs O(page) however long the history is.
 */
export function readPage(
  history: History,
  wanted: PageWanted,
): { messages: Message[]; more: boolean; firstUnread?: number } {
  const { contact, before, after } = wanted;
  const limit = Math.max(1, Math.min(MAX_PAGE, Math.floor(wanted.limit ?? DEFAULT_PAGE)));
  const forward = after !== undefined && before === undefined;
  const conditions = ['hidden = 0'];
  const values: number[] = [];
  if (contact !== null) {
    conditions.push('contact = ?');
    values.push(contact.id);
  }
  if (before !== undefined) {
    conditions.push('position < ?');
    values.push(before);
  }
  if (after !== undefined) {
    conditions.push('position > ?');
    values.push(after);
  }
  const where = `WHERE ${conditions.join(' AND ')}`;
  const rows = history.select(`${where} ORDER BY position ${forward ? 'ASC' : 'DESC'} LIMIT ${limit + 1}`, ...values);
  const more = rows.length > limit;
  const page = rows.slice(0, limit);
  if (!forward) page.reverse();
  const firstUnread = contact === null ? null : history.firstUnread(contact.id);
  return { messages: page.map((row) => history.toApi(row)), more, ...(firstUnread === null ? {} : { firstUnread }) };
}

/**
 * Marks what came from `contact` up to a position as read; the time of what disappears begins.
 * @returns ids of the messages that were unread
 */
export function markRead(
  database: Database,
  contacts: Contacts,
  history: History,
  contact: ContactEntry,
  upTo: number,
  nowMs: number,
): Uint8Array[] {
  return database.transaction(() => {
    const unread = database.store.all(
      'SELECT position, content_id, gap FROM message WHERE contact = ? AND unread = 1 AND position <= ?',
      contact.id,
      upTo,
    );
    if (unread.length === 0) return [];
    database.store.run(
      'UPDATE message SET unread = 0, state = ? WHERE contact = ? AND unread = 1 AND position <= ?',
      stateNumber('read'),
      contact.id,
      upTo,
    );
    contacts.noteActivity(contact.id, { unread: contacts.unread(contact.id) - unread.length });
    for (const row of unread) {
      history.startTime(Number(row['position']), nowMs);
      history.tell('changed', Number(row['position']));
    }
    return unread.filter((row) => Number(row['gap']) === 0).map((row) => row['content_id'] as Uint8Array);
  });
}
