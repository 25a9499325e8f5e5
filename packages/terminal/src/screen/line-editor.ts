import { graphemes } from '../text/columns.ts';
import type { Key } from './key-reader.ts';

/** What is being written: user-perceived characters and the cursor between them. Immutable. */
export interface Draft {
  readonly characters: readonly string[];
  /** 0 … characters.length */
  readonly cursor: number;
}

export const EMPTY_DRAFT: Draft = { characters: [], cursor: 0 };

export function draftOf(text: string): Draft {
  const characters = graphemes(text);
  return { characters, cursor: characters.length };
}

export function textOf(draft: Draft): string {
  return draft.characters.join('');
}

/** The draft after a key, or null when the key is not for the editor. */
export function edit(draft: Draft, key: Key): Draft | null {
  if ('text' in key) return insert(draft, key.text);
  if ('paste' in key) return insert(draft, key.paste);
  const { characters, cursor } = draft;
  switch (key.name) {
    case 'newline':
      return insert(draft, '\n');
    case 'backspace':
      return remove(draft, cursor - 1, cursor);
    case 'delete':
      return remove(draft, cursor, cursor + 1);
    case 'delete-word':
      return remove(draft, wordLeft(draft), cursor);
    case 'delete-to-start':
      return remove(draft, 0, cursor);
    case 'delete-to-end':
      return remove(draft, cursor, characters.length);
    case 'left':
      return { characters, cursor: Math.max(0, cursor - 1) };
    case 'right':
      return { characters, cursor: Math.min(characters.length, cursor + 1) };
    case 'word-left':
      return { characters, cursor: wordLeft(draft) };
    case 'word-right':
      return { characters, cursor: wordRight(draft) };
    case 'home':
      return { characters, cursor: 0 };
    case 'end':
      return { characters, cursor: characters.length };
    default:
      return null;
  }
}

/** Segments anew around the seam: a combining mark typed after its letter joins it. */
function insert(draft: Draft, text: string): Draft {
  const before = graphemes(draft.characters.slice(0, draft.cursor).join('') + text);
  return { characters: [...before, ...draft.characters.slice(draft.cursor)], cursor: before.length };
}

function remove(draft: Draft, from: number, to: number): Draft {
  const start = Math.max(0, from);
  const characters = [...draft.characters.slice(0, start), ...draft.characters.slice(to)];
  return { characters, cursor: start };
}

function wordLeft({ characters, cursor }: Draft): number {
  let at = cursor;
  while (at > 0 && isSpace(characters[at - 1])) at--;
  while (at > 0 && !isSpace(characters[at - 1])) at--;
  return at;
}

function wordRight({ characters, cursor }: Draft): number {
  let at = cursor;
  while (at < characters.length && isSpace(characters[at])) at++;
  while (at < characters.length && !isSpace(characters[at])) at++;
  return at;
}

const isSpace = (character: string | undefined): boolean => character !== undefined && /^\s$/.test(character);
