import { describe, expect, it } from 'vitest';
import type { Key, KeyName } from './key-reader.ts';
import { EMPTY_DRAFT, draftOf, edit, textOf, type Draft } from './line-editor.ts';

function press(draft: Draft, ...keys: readonly (KeyName | Key)[]): Draft {
  return keys.reduce<Draft>((now, key) => edit(now, typeof key === 'string' ? { name: key } : key) ?? now, draft);
}

describe('TERM-4: the draft', () => {
  it('inserts at the cursor and deletes whole user-perceived characters', () => {
    const draft = press(draftOf('ab👨‍👩‍👧‍👦'), 'backspace', 'left', { text: '漢' });
    expect(textOf(draft)).toBe('a漢b');
    expect(draft.cursor).toBe(2);
  });

  it('joins a combining mark with the letter before it', () => {
    const draft = press(EMPTY_DRAFT, { text: 'e' }, { text: '\u0301' });
    expect(draft.characters).toEqual(['e\u0301']);
    expect(textOf(press(draft, 'backspace'))).toBe('');
  });

  it('keeps the lines of a paste and of newline keys', () => {
    expect(textOf(press(EMPTY_DRAFT, { paste: 'one\ntwo' }, 'newline', { text: 'three' }))).toBe('one\ntwo\nthree');
  });

  it('moves and deletes by word', () => {
    const draft = draftOf('one two  three');
    expect(press(draft, 'word-left').cursor).toBe(9);
    expect(textOf(press(draft, 'word-left', 'delete-word'))).toBe('one three');
    expect(textOf(press(draft, 'home', 'word-right', 'delete-to-end'))).toBe('one');
    expect(textOf(press(draft, 'delete-to-start'))).toBe('');
  });

  it('leaves other keys to its owner, and the old draft as it was', () => {
    const draft = draftOf('x');
    expect(edit(draft, { name: 'enter' })).toBeNull();
    press(draft, 'backspace');
    expect(textOf(draft)).toBe('x');
  });
});
