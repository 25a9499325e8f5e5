import { describe, expect, it } from 'vitest';
import { durationWords, parseDuration, remainingWords } from './duration.ts';

describe('durations', () => {
  it.each([
    ['30s', 30],
    ['5m', 300],
    ['1 h', 3600],
    ['2D', 172_800],
    ['1w', 604_800],
    ['off', 0],
    ['0', 0],
    ['5', null],
    ['soon', null],
    ['-5m', null],
  ])('%s is %j seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each([
    [1, '1 s'],
    [30, '30 s'],
    [60, '1 min'],
    [300, '5 min'],
    [3600, '1 hour'],
    [7200, '2 hours'],
    [86_400, '1 day'],
    [604_800, '1 week'],
    [90, '90 s'],
  ])('%d s is shown as %s', (seconds, words) => {
    expect(durationWords(seconds)).toBe(words);
  });

  it('rounds up what remains', () => {
    expect([1, 41_001, 240_001, 7_000_000, 200_000_000, -5].map(remainingWords)).toEqual([
      '1 s',
      '42 s',
      '5 min',
      '2 hours',
      '3 days',
      '0 s',
    ]);
  });
});
