/** Where a frame goes: a terminal, or a test. */
export interface Output {
  write(text: string): void;
}

export interface Frame {
  /** One string a row, top to bottom; styled, never wider than the screen. */
  readonly lines: readonly string[];
  /** 0-based; null hides the cursor. */
  readonly cursor: { readonly row: number; readonly column: number } | null;
}

const ENTER =
  '\u001b[?1049h' + // alternate screen: the shell's text comes back at the end
  '\u001b[?2004h' + // bracketed paste
  '\u001b[2J';
const LEAVE = '\u001b[0m\u001b[?2004l\u001b[?25h\u001b[?1049l';
// Synchronised output: a terminal that knows it shows the frame at once, others ignore it.
const BEGIN = '\u001b[?2026h\u001b[?25l';
const END = '\u001b[?2026l';

/** Full-screen output that sends only the rows that changed, in one write a frame. */
export class Screen {
  readonly #output: Output;
  #shown: readonly string[] = [];
  #cursor = '';

  constructor(output: Output) {
    this.#output = output;
  }

  open(): void {
    this.#shown = [];
    this.#output.write(ENTER);
  }

  close(): void {
    this.#output.write(LEAVE);
  }

  /** Forget what is shown: the next frame is drawn whole (after a resize, or a stray write of somebody else). */
  invalidate(): void {
    this.#shown = [];
    this.#output.write('\u001b[2J');
  }

  draw(frame: Frame): void {
    let changes = '';
    const rows = Math.max(frame.lines.length, this.#shown.length);
    for (let row = 0; row < rows; row++) {
      const line = frame.lines[row] ?? '';
      if (line === this.#shown[row]) continue;
      changes += `\u001b[${row + 1};1H\u001b[0m${line}\u001b[0m\u001b[K`;
    }
    const cursor = frame.cursor === null ? '' : `\u001b[${frame.cursor.row + 1};${frame.cursor.column + 1}H\u001b[?25h`;
    if (changes === '' && cursor === this.#cursor) return;
    this.#output.write(`${BEGIN}${changes}${cursor}${END}`);
    this.#shown = [...frame.lines];
    this.#cursor = cursor;
  }
}
