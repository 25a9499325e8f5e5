import { describe, expect, it } from 'vitest';
import { clockWords } from './countdown.ts';

describe('how long a code still holds', () => {
  it.each([
    [600_000, '10:00'],
    [599_001, '10:00'],
    [599_000, '9:59'],
    [61_000, '1:01'],
    [1, '0:01'],
    [0, '0:00'],
    [-5000, '0:00'],
  ])('%d ms: %s', (leftMs, words) => {
    expect(clockWords(leftMs)).toBe(words);
  });
});
