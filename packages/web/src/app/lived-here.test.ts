import { expect, it } from 'vitest';
import { guarded, livedHere, noteState } from './lived-here.ts';

function memory() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}

it('remembers that somebody lives here, until the profile is empty', () => {
  const storage = memory();
  expect(livedHere(storage)).toBe(false);
  noteState({ kind: 'starting' }, storage);
  expect(livedHere(storage)).toBe(false);
  noteState({ kind: 'locked' }, storage);
  expect(livedHere(storage)).toBe(true);
  noteState({ kind: 'failed', code: 'failed', text: '' }, storage);
  noteState({ kind: 'starting' }, storage);
  expect(livedHere(storage)).toBe(true);
  noteState({ kind: 'empty' }, storage);
  expect(livedHere(storage)).toBe(false);
});

it('guesses where nothing can be asked', () => {
  expect(
    guarded(() => {
      throw new Error('no storage');
    }, true),
  ).toBe(true);
});
