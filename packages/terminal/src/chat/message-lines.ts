import type { Message } from '@sotto/engine/api';
import type { Style } from '../screen/style.ts';
import { columnsOf, cut, wrap } from '../text/columns.ts';
import { safeLine, safeText } from '../text/safe-text.ts';
import { contentWords, expiryWords, reactionWords, replyWords } from './message-remarks.ts';
import { isNotice, type Entry } from './chat-state.ts';

const TIME_COLUMNS = 6;
const NAME_COLUMNS = 12;

/** Wraps entries to rows once per width; an entry is a new object whenever anything in it changed. */
export class MessageLines {
  readonly #style: Style;
  readonly #colorOf: (message: Message) => number;
  readonly #now: () => number;
  #columns = 0;
  #cache = new WeakMap<Entry, readonly string[]>();

  /** @param now ms since 1970 */
  constructor(style: Style, colorOf: (message: Message) => number, now: () => number) {
    this.#style = style;
    this.#colorOf = colorOf;
    this.#now = now;
  }

  /** Rows of one entry at this width. @param number shown in the place of the time */
  of(entry: Entry, columns: number, number?: number): readonly string[] {
    if (columns !== this.#columns) {
      this.#columns = columns;
      this.#cache = new WeakMap();
    }
    // Its time is over, also when nobody said so.
    if (!isNotice(entry) && entry.expiresAt !== undefined && entry.expiresAt <= this.#now()) return [];
    let lines = this.#cache.get(entry);
    if (number !== undefined && !isNotice(entry)) return this.#message(entry, columns, number);
    if (lines === undefined) {
      lines = isNotice(entry) ? this.#notice(entry, columns) : this.#message(entry, columns);
      // What says how long it still is says something else in a minute.
      if (isNotice(entry) || entry.expiresAt === undefined) this.#cache.set(entry, lines);
    }
    return lines;
  }

  #notice(entry: { notice: string; urgent: boolean }, columns: number): string[] {
    const paint = entry.urgent ? this.#style.warn : this.#style.dim;
    return wrap(safeText(entry.notice), columns - 2).map((line) => paint(`  ${line}`));
  }

  #message(message: Message, columns: number, number?: number): string[] {
    // A gap that was filled leaves its row behind.
    if ('gap' in message.content && message.content.gap === 0) return [];
    const style = this.#style;
    const name = cut(message.outgoing ? 'you' : safeLine(message.name), NAME_COLUMNS);
    const indent = TIME_COLUMNS + Math.min(NAME_COLUMNS, columnsOf(name)) + 1;
    const width = Math.max(10, columns - indent);
    const body = wrap(contentWords(message), width);
    const remark = [
      message.editedAt === undefined ? '' : '(edited)',
      stateWords(message),
      expiryWords(message, this.#now()),
    ].filter((words) => words !== '');
    const tail = remark.join(' · ').replace('(edited) · ', '(edited) ');
    // The state follows the text; on rows of its own where it does not fit.
    const follows = tail !== '' && columnsOf(body.at(-1) ?? '') + 2 + columnsOf(tail) <= width;
    const paint = message.state === 'failed' ? style.warn : style.dim;
    const who = message.outgoing ? style.bold(name) : style.person(style.bold(name), this.#colorOf(message));
    const when = number === undefined ? clock(message.sentAt) : `#${number}`;
    const head = `${(number === undefined ? style.dim : style.bold)(when.padEnd(TIME_COLUMNS - 1))} ${who} `;
    const quoted = replyWords(message);
    const words = body.map((line, row) => {
      const text = 'text' in message.content ? line : style.dim(line);
      return text + (follows && row === body.length - 1 ? `${line === '' ? '' : '  '}${paint(tail)}` : '');
    });
    const rows = [
      ...(quoted === '' ? [] : [style.dim(cut(quoted, width))]),
      ...words,
      ...(tail === '' || follows ? [] : wrap(tail, width).map(paint)),
      ...[reactionWords(message)].filter((line) => line !== '').map((line) => style.dim(cut(line, width))),
      ...(message.amendmentProblem === undefined
        ? []
        : wrap(`${safeLine(message.amendmentProblem)} (/retry)`, width).map(style.warn)),
    ];
    return rows.map((line, row) => (row === 0 ? head : ' '.repeat(indent)) + line);
  }
}

/** What is true of an outgoing message, in words. */
export function stateWords(message: Message): string {
  if (!message.outgoing) return '';
  // What was taken back is of interest only as long as they may still see it.
  if ('deleted' in message.content && (message.state === 'delivered' || message.state === 'read')) return '';
  switch (message.state) {
    case 'waiting':
      return 'waiting';
    case 'sent':
      return 'sending';
    case 'stored':
      return storedWords(message);
    case 'delivered':
      return 'delivered';
    case 'read':
      return 'read';
    case 'failed':
      return message.problem === undefined ? 'failed, /retry' : `failed: ${safeLine(message.problem)} (/retry)`;
  }
}

/** Where it is kept, when that is more than one node. */
function storedWords({ storedOn, storedOf = 1 }: Message): string {
  if (storedOf > 1) return `stored on ${storedOn} of ${storedOf} nodes`;
  return storedOn > 1 ? `stored on ${storedOn} nodes` : 'stored';
}

/** HH:MM in the reader's own time zone. */
function clock(at: number): string {
  const date = new Date(at);
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
}
