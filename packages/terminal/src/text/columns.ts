import stringWidth from 'string-width';

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
// Printable ASCII is nearly everything and one column wide.
const ASCII = /^[\u0020-\u007e]*$/;

/** User-perceived characters. */
export function graphemes(text: string): string[] {
  if (ASCII.test(text)) return text.split('');
  return Array.from(segmenter.segment(text), (part) => part.segment);
}

/** Terminal columns the text takes. */
export function columnsOf(text: string): number {
  return ASCII.test(text) ? text.length : stringWidth(text);
}

/** As much of the text as fits into `columns`, with an ellipsis when something was cut. */
export function cut(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  if (columns < 1) return '';
  let used = 0;
  let kept = '';
  for (const grapheme of graphemes(text)) {
    const width = columnsOf(grapheme);
    if (used + width > columns - 1) break;
    used += width;
    kept += grapheme;
  }
  return `${kept}…`;
}

/** Cut or filled with spaces to exactly `columns`. */
export function fit(text: string, columns: number): string {
  const shown = cut(text, columns);
  return shown + ' '.repeat(Math.max(0, columns - columnsOf(shown)));
}

/**
 * Lines of at most `columns`, broken at spaces where possible, inside a word where not. Keeps explicit newlines;
 * always at least one line.
 */
export function wrap(text: string, columns: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, Math.max(1, columns)));
}

function wrapLine(line: string, columns: number): string[] {
  if (columnsOf(line) <= columns) return [line];
  const lines: string[] = [];
  let current = '';
  let used = 0;
  for (const word of line.split(/(?<= )/)) {
    const visible = columnsOf(word.trimEnd());
    if (used + visible > columns && used > 0) {
      lines.push(current.trimEnd());
      current = '';
      used = 0;
    }
    if (visible <= columns) {
      current += word;
      used += columnsOf(word);
      continue;
    }
    for (const grapheme of graphemes(word)) {
      const width = columnsOf(grapheme);
      if (used + width > columns && used > 0) {
        lines.push(current);
        current = '';
        used = 0;
      }
      current += grapheme;
      used += width;
    }
  }
  lines.push(current.trimEnd());
  return lines;
}
