import { describe, expect, it } from 'vitest';
import { phraseSheet, wordsOf } from './phrase-words.ts';

describe('wordsOf', () => {
  it('takes words however they were written down', () => {
    expect(wordsOf(' 1. Abandon  2) ability,\n3 able\t')).toEqual(['abandon', 'ability', 'able']);
    expect(wordsOf('')).toEqual([]);
  });

  it('reads back the sheet that was saved', () => {
    const words = ['abandon', 'zoo', 'able'];
    expect(wordsOf(phraseSheet(words, []))).toEqual(words);
  });
});

it('numbers the sheet', () => {
  expect(phraseSheet(['one', 'two'], ['Title'])).toBe('Title\n\n 1. one\n 2. two\n');
});
