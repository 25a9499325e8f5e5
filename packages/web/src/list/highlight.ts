/** Where searched words stand in a text: around the first one, in pieces of which some are marked. */
export interface Piece {
  readonly text: string;
  readonly marked: boolean;
}

const BEFORE = 24;
const LENGTH = 140;

export function highlight(text: string, searched: string): readonly Piece[] {
  const line = text.replaceAll(/\s+/gu, ' ').trim();
  const words = searched.split(/\s+/u).filter((word) => word !== '');
  if (words.length === 0) return [{ text: line.slice(0, LENGTH), marked: false }];
  const pattern = new RegExp(`(${words.map(escaped).join('|')})`, 'giu');
  const first = line.search(pattern);
  const start = first > BEFORE ? wordStart(line, first - BEFORE) : 0;
  const shown = `${start > 0 ? '… ' : ''}${line.slice(start, start + LENGTH)}`;
  return shown
    .split(pattern)
    .map((piece, index) => ({ text: piece, marked: index % 2 === 1 }))
    .filter((piece) => piece.text !== '');
}

function wordStart(line: string, from: number): number {
  const space = line.indexOf(' ', from);
  return space === -1 || space > from + BEFORE ? from : space + 1;
}

function escaped(word: string): string {
  return word.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`);
}
