/**
 * Turns what a terminal sends into keys. One chunk may hold many keys ("hello" and Enter together, as `tmux
 * send-keys` or a fast paste send them); each counts. A chunk may also end inside a character or a sequence.
 */

export type KeyName =
  | 'enter'
  | 'newline'
  | 'backspace'
  | 'delete'
  | 'tab'
  | 'shift-tab'
  | 'escape'
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'word-left'
  | 'word-right'
  | 'home'
  | 'end'
  | 'page-up'
  | 'page-down'
  | 'delete-word'
  | 'delete-to-start'
  | 'delete-to-end'
  | 'interrupt'
  | 'end-of-input'
  | 'redraw'
  | 'next'
  | 'previous'
  | 'reply'
  | 'edit-last';

export type Key = { name: KeyName } | { text: string } | { paste: string };

const CONTROL: Readonly<Record<string, KeyName>> = {
  '\r': 'enter',
  '\n': 'newline',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\b': 'backspace',
  '\u0001': 'home',
  '\u0002': 'left',
  '\u0003': 'interrupt',
  '\u0004': 'end-of-input',
  '\u0005': 'end',
  '\u0006': 'right',
  '\u000b': 'delete-to-end',
  '\u000c': 'redraw',
  '\u000e': 'next',
  '\u0010': 'previous',
  '\u0015': 'delete-to-start',
  '\u0017': 'delete-word',
};

const SEQUENCES: Readonly<Record<string, KeyName>> = {
  '[A': 'up',
  '[B': 'down',
  '[C': 'right',
  '[D': 'left',
  OA: 'up',
  OB: 'down',
  OC: 'right',
  OD: 'left',
  '[H': 'home',
  '[F': 'end',
  OH: 'home',
  OF: 'end',
  '[1~': 'home',
  '[4~': 'end',
  '[7~': 'home',
  '[8~': 'end',
  '[3~': 'delete',
  '[5~': 'page-up',
  '[6~': 'page-down',
  '[Z': 'shift-tab',
  '[1;5C': 'word-right',
  '[1;5D': 'word-left',
  '[1;3C': 'word-right',
  '[1;3D': 'word-left',
  r: 'reply',
  e: 'edit-last',
  b: 'word-left',
  f: 'word-right',
  '\r': 'newline',
  '\n': 'newline',
  '\u007f': 'delete-word',
};

const PASTE_START = '\u001b[200~';
const PASTE_END = '\u001b[201~';
/** A paste longer than this is cut: no message can hold more. */
const MAX_PASTE = 100_000;
// CSI: parameters, intermediates, final byte (ECMA-48 section 5.4); SS3; Alt + character.
// oxlint-disable-next-line no-control-regex
const ESCAPE = /^\u001b(\[[0-?]*[ -/]*[@-~]|O[A-Za-z]|[^\u001b[O])/;
// oxlint-disable-next-line no-control-regex
const TEXT = /^[^\u0000-\u001f\u007f]+/;

/** Stateful: keeps an unfinished sequence until the next chunk. */
export class KeyReader {
  readonly #decoder = new TextDecoder('utf-8');
  #pending = '';

  /** Keys of this chunk, in order. */
  read(chunk: Uint8Array): Key[] {
    this.#pending += this.#decoder.decode(chunk, { stream: true });
    const keys: Key[] = [];
    for (let key = this.#next(); key !== null; key = this.#next()) if (key !== 'ignored') keys.push(key);
    return keys;
  }

  /** To be called when nothing followed for a moment: a lone ESC is the Escape key then. */
  flush(): Key[] {
    if (this.#pending !== '\u001b') return [];
    this.#pending = '';
    return [{ name: 'escape' }];
  }

  /** Whether an unfinished sequence waits for more. */
  get unfinished(): boolean {
    return this.#pending !== '';
  }

  #next(): Key | 'ignored' | null {
    const input = this.#pending;
    if (input === '') return null;
    if (input.startsWith(PASTE_START)) return this.#paste(input);
    if (input.startsWith('\u001b')) {
      const found = ESCAPE.exec(input);
      if (found === null) return null;
      this.#pending = input.slice(found[0].length);
      const name = SEQUENCES[found[1] ?? ''];
      return name === undefined ? 'ignored' : { name };
    }
    const text = TEXT.exec(input);
    if (text !== null) {
      this.#pending = input.slice(text[0].length);
      return { text: text[0] };
    }
    const control = input.charAt(0);
    this.#pending = input.slice(1);
    const name = CONTROL[control];
    return name === undefined ? 'ignored' : { name };
  }

  #paste(input: string): Key | null {
    const end = input.indexOf(PASTE_END);
    if (end < 0 && input.length < MAX_PASTE + PASTE_START.length) return null;
    const text = input.slice(PASTE_START.length, end < 0 ? undefined : end);
    this.#pending = end < 0 ? '' : input.slice(end + PASTE_END.length);
    return { paste: text.slice(0, MAX_PASTE).replace(/\r\n?/g, '\n') };
  }
}
