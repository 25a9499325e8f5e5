import type { Contact } from '@sotto/engine/api';
import type { Draft } from '../screen/line-editor.ts';
import type { Frame } from '../screen/screen.ts';
import type { Style } from '../screen/style.ts';
import { columnsOf, cut, fit } from '../text/columns.ts';
import { durationWords } from '../text/duration.ts';
import { safeLine } from '../text/safe-text.ts';
import { withCommand } from '../text/with-command.ts';
import { contactOf, conversationOf, isNotice, START, type ChatState, type Entry } from './chat-state.ts';
import type { MessageLines } from './message-lines.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const LIST_COLUMNS = 22;
/** Below this the contact list makes room for the conversation. */
const LIST_FROM_COLUMNS = 64;
const MAX_DRAFT_ROWS = 5;

/** Columns and rows of the message pane. */
export function paneSize(size: Size, draft: Draft): Size {
  const listed = size.columns >= LIST_FROM_COLUMNS;
  const columns = listed ? size.columns - LIST_COLUMNS - 1 : size.columns;
  return { columns, rows: Math.max(1, size.rows - 3 - draftRows(draft, size.columns).lines.length) };
}

/** The whole screen: header, contact list beside messages, status, draft. */
export function chatFrame(state: ChatState, size: Size, lines: MessageLines, style: Style): Frame {
  const { draft } = conversationOf(state);
  const pane = paneSize(size, draft);
  const listed = pane.columns < size.columns;
  const list = listed ? contactRows(state, pane.rows, style) : [];
  const messages = messageRows(state, pane, lines);
  const body = messages.map((row, index) =>
    listed ? `${list[index] ?? ' '.repeat(LIST_COLUMNS)}${style.dim('│')}${row}` : row,
  );
  const input = draftRows(draft, size.columns);
  return {
    lines: [header(state, size.columns, style), ...body, status(state, size.columns, style), ...input.lines, ''].slice(
      0,
      size.rows,
    ),
    cursor: { row: 2 + pane.rows + input.row, column: input.column },
  };
}

/** Rows of all entries of the open conversation that fit above `scroll`, bottom aligned. */
function messageRows(state: ChatState, pane: Size, lines: MessageLines): string[] {
  const { entries, scroll, numbered } = conversationOf(state);
  const rows: string[] = [];
  const wanted = pane.rows + scroll;
  for (let index = entries.length - 1; index >= 0 && rows.length < wanted; index--) {
    const block = entryRows(entries, index, pane.columns, lines, numbered);
    for (let row = block.length - 1; row >= 0; row--) rows.push(block[row] ?? '');
  }
  const shown = rows.slice(Math.min(scroll, Math.max(0, rows.length - pane.rows))).slice(0, pane.rows);
  while (shown.length < pane.rows) shown.push('');
  return shown.toReversed();
}

/** How far the open conversation can be scrolled up with what is loaded, counted no further than `wanted` rows. */
export function scrollLimit(state: ChatState, pane: Size, lines: MessageLines, wanted: number): number {
  const { entries } = conversationOf(state);
  let rows = 0;
  for (let index = entries.length - 1; index >= 0 && rows < wanted + pane.rows; index--) {
    rows += entryRows(entries, index, pane.columns, lines).length;
  }
  return Math.max(0, rows - pane.rows);
}

function entryRows(
  entries: readonly Entry[],
  index: number,
  columns: number,
  lines: MessageLines,
  numbered: readonly string[] | null = null,
): readonly string[] {
  const entry = entries[index] as Entry;
  const number = isNotice(entry) || numbered === null ? 0 : numbered.indexOf(entry.id) + 1;
  const shown = number > 0 ? lines.of(entry, columns, number) : lines.of(entry, columns);
  const day = dayRow(entries[index - 1], entry, columns);
  return day === null ? shown : [day, ...shown];
}

/** The separator above the first message of a day. */
function dayRow(before: Entry | undefined, entry: Entry, columns: number): string | null {
  if (isNotice(entry) || (before !== undefined && isNotice(before))) return null;
  const day = new Date(entry.sentAt).toDateString();
  if (before !== undefined && new Date(before.sentAt).toDateString() === day) return null;
  return `\u001b[2m${fit(`── ${day} ${'─'.repeat(columns)}`, columns).replace('…', '─')}\u001b[22m`;
}

function contactRows(state: ChatState, rows: number, style: Style): string[] {
  const contacts = state.contacts.filter(({ status }) => status !== 'blocked');
  const open = contacts.findIndex(({ address }) => address === state.open);
  const first = Math.max(0, Math.min(open - rows + 2, contacts.length - rows));
  return contacts
    .slice(first, first + rows)
    .map((contact) => contactRow(contact, contact.address === state.open, style));
}

function contactRow(contact: Contact, open: boolean, style: Style): string {
  const unread = contact.unread > 0 ? ` ${contact.unread > 99 ? '99+' : contact.unread}` : '';
  const mark = contact.status === 'request' ? '?' : contact.unread > 0 ? '●' : ' ';
  const name = safeLine(contact.name) + (contact.typing ? ' …' : '');
  const row = `${mark} ${fit(name, LIST_COLUMNS - 2 - unread.length)}${unread}`;
  if (open) return style.reverse(row);
  return contact.unread > 0 ? style.bold(row) : row;
}

function header(state: ChatState, columns: number, style: Style): string {
  const contact = contactOf(state, state.open);
  if (state.open === START || contact === undefined) {
    const room = state.connection.room === true ? ' · private room' : '';
    return style.bold(fit(` Sotto · ${safeLine(state.me.name)}${room} · token ${state.me.token}`, columns));
  }
  const facts = [
    contact.verified ? 'verified' : '',
    contact.timer > 0 ? `messages disappear after ${durationWords(contact.timer)}` : '',
    contact.status === 'request' ? 'wants to write to you: /accept or /block' : '',
    contact.typing ? 'typing…' : '',
  ].filter((fact) => fact !== '');
  return style.bold(fit([` ${safeLine(contact.name)}`, ...facts].join(' · '), columns));
}

function status(state: ChatState, columns: number, style: Style): string {
  const { connection } = state;
  const { scroll, unseen } = conversationOf(state);
  const lobby = conversationOf(state, START);
  const requests = state.contacts.filter(
    (contact) => contact.status === 'request' && contact.address !== state.open,
  ).length;
  const parts = [
    connection.state === 'online' ? 'online' : connection.state === 'connecting' ? 'connecting…' : 'offline',
    connection.waiting > 0 ? `${connection.waiting} waiting` : '',
    connection.state === 'offline' && connection.problem !== undefined ? safeLine(withCommand(connection.problem)) : '',
    state.open !== START && lobby.unseen > 0 ? `room: ${lobby.unseen} new (Esc)` : '',
    requests > 0 ? `${requests} ${requests === 1 ? 'wants' : 'want'} to write to you (Tab)` : '',
    unseen > 0 ? `↓ ${unseen} new` : scroll > 0 ? '↓ newer below' : '',
    '/help',
  ].filter((part) => part !== '');
  const line = fit(` ${parts.join(' · ')}`, columns);
  return connection.state === 'offline' ? style.reverse(style.warn(line)) : style.reverse(line);
}

/** The draft as rows, scrolled so that the cursor is among them; row and column of the cursor. */
function draftRows(draft: Draft, columns: number): { lines: string[]; row: number; column: number } {
  const width = Math.max(4, columns - 2);
  const rows: string[] = [''];
  let cursor = { row: 0, column: 0 };
  let used = 0;
  const { characters } = draft;
  for (const [index, character] of characters.entries()) {
    const shown = character === '\n' ? '' : safeLine(character) === '' ? ' ' : cut(character, width);
    const wide = columnsOf(shown);
    if (character === '\n' || used + wide > width) {
      if (index === draft.cursor && character === '\n') cursor = { row: rows.length - 1, column: used };
      rows.push('');
      used = 0;
      if (character === '\n') continue;
    }
    if (index === draft.cursor) cursor = { row: rows.length - 1, column: used };
    rows[rows.length - 1] += shown;
    used += wide;
  }
  if (draft.cursor >= characters.length) {
    if (used >= width) {
      rows.push('');
      used = 0;
    }
    cursor = { row: rows.length - 1, column: used };
  }
  const first = Math.max(0, Math.min(cursor.row - MAX_DRAFT_ROWS + 1, rows.length - MAX_DRAFT_ROWS));
  const lines = rows
    .slice(first, first + MAX_DRAFT_ROWS)
    .map((line, row) => (row + first === 0 ? `> ${line}` : `  ${line}`));
  return { lines, row: cursor.row - first, column: cursor.column + 2 };
}
