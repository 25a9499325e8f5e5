import type { Message } from '@sotto/engine/api';
import type { Style } from '../screen/style.ts';
import { columnsOf, cut, wrap } from '../text/columns.ts';
import { safeLine, safeText } from '../text/safe-text.ts';
import { isNotice, type Entry } from './chat-state.ts';

const TIME_COLUMNS = 6;
const NAME_COLUMNS = 12;

/** Wraps entries to rows once per width; an entry is a new object whenever anything in it changed. */
export class MessageLines {
  readonly #style: Style;
  readonly #colorOf: (message: Message) => number;
  #columns = 0;
  #cache = new WeakMap<Entry, readonly string[]>();

  constructor(style: Style, colorOf: (message: Message) => number) {
    this.#style = style;
    this.#colorOf = colorOf;
  }

  /** Rows of one entry at this width. */
  of(entry: Entry, columns: number): readonly string[] {
    if (columns !== this.#columns) {
      this.#columns = columns;
      this.#cache = new WeakMap();
    }
    let lines = this.#cache.get(entry);
    if (lines === undefined) {
      lines = isNotice(entry) ? this.#notice(entry, columns) : this.#message(entry, columns);
      this.#cache.set(entry, lines);
    }
    return lines;
  }

  #notice(entry: { notice: string; urgent: boolean }, columns: number): string[] {
    const paint = entry.urgent ? this.#style.warn : this.#style.dim;
    return wrap(safeText(entry.notice), columns - 2).map((line) => paint(`  ${line}`));
  }

  #message(message: Message, columns: number): string[] {
    // A gap that was filled leaves its row behind.
    if ('gap' in message.content && message.content.gap === 0) return [];
    const style = this.#style;
    const name = cut(message.outgoing ? 'you' : safeLine(message.name), NAME_COLUMNS);
    const indent = TIME_COLUMNS + Math.min(NAME_COLUMNS, columnsOf(name)) + 1;
    const state = stateWords(message);
    const width = Math.max(10, columns - indent);
    const body = wrap(words(message), width);
    // The state follows the text; on rows of its own where it does not fit.
    const follows = state !== '' && columnsOf(body.at(-1) ?? '') + 2 + columnsOf(state) <= width;
    const paint = message.state === 'failed' ? style.warn : style.dim;
    const who = message.outgoing ? style.bold(name) : style.person(style.bold(name), this.#colorOf(message));
    const rows = body.map((line, row) => {
      const head = row === 0 ? `${style.dim(clock(message.sentAt))} ${who} ` : ' '.repeat(indent);
      const text = 'text' in message.content ? line : style.dim(line);
      return head + text + (follows && row === body.length - 1 ? `${line === '' ? '' : '  '}${paint(state)}` : '');
    });
    if (state === '' || follows) return rows;
    return [...rows, ...wrap(state, width).map((line) => ' '.repeat(indent) + paint(line))];
  }
}

function words({ content }: Message): string {
  if ('text' in content) return safeText(content.text);
  if ('gap' in content) {
    return content.gap === 1
      ? '(a message has not arrived; asked for it)'
      : `(${content.gap} messages have not arrived; asked for them)`;
  }
  if ('undecryptable' in content) return '(a message came that this device could not open)';
  return '(a kind of message this version does not know)';
}

/** What is true of an outgoing message, in words. */
export function stateWords(message: Message): string {
  if (!message.outgoing) return '';
  switch (message.state) {
    case 'waiting':
      return 'waiting';
    case 'sent':
      return 'sending';
    case 'stored':
      return message.storedOn > 1 ? `stored on ${message.storedOn} nodes` : 'stored';
    case 'delivered':
      return 'delivered';
    case 'read':
      return 'read';
    case 'failed':
      return message.problem === undefined ? 'failed, /retry' : `failed: ${safeLine(message.problem)} (/retry)`;
  }
}

/** HH:MM in the reader's own time zone. */
function clock(at: number): string {
  const date = new Date(at);
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
}
