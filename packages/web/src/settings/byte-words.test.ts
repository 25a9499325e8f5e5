import { describe, expect, it } from 'vitest';
import { byteWords } from './byte-words.ts';

describe('sizes in words', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1 kB'],
    [1540, '1.5 kB'],
    [53_400_000, '53 MB'],
    [2_140_000_000, '2.1 GB'],
    [5e15, '5,000 TB'],
  ])('%d: %s', (bytes, words) => {
    expect(byteWords('en', bytes)).toBe(words);
  });
});
