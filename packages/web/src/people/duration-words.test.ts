import { describe, expect, it } from 'vitest';
import { durationWords, timerChoices } from './duration-words.ts';

describe('how long something is, in words', () => {
  it.each([
    [1, '1 second'],
    [30, '30 seconds'],
    [90, '90 seconds'],
    [300, '5 minutes'],
    [3600, '1 hour'],
    [86_400, '1 day'],
    [2_419_200, '4 weeks'],
    [0, '0 seconds'],
  ])('%d s: %s', (seconds, words) => {
    expect(durationWords('en', seconds)).toBe(words);
  });

  it('shows a time that was set elsewhere among those that can be chosen', () => {
    expect(timerChoices(3600)).toEqual(timerChoices(0));
    expect(timerChoices(45)).toContain(45);
    expect(timerChoices(45)).toEqual([...timerChoices(45)].sort((a, b) => a - b));
  });
});
