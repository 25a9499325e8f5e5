import { describe, expect, it } from 'vitest';
import { emojiOnly } from './emoji-only.ts';
import { shortened } from './shortened.ts';

describe('emoji alone', () => {
  it.each([
    ['👍', 1],
    ['👩‍👩‍👧‍👦 🇨🇭', 2],
    ['❤️❤️❤️', 3],
    [' 🎉 ', 1],
    ['👍 yes', 0],
    ['12', 0],
    ['#', 0],
    ['', 0],
    ['😀'.repeat(7), 0],
    ['😀'.repeat(10_000), 0],
  ])('%s: %i', (text, count) => {
    expect(emojiOnly(text)).toBe(count);
  });
});

describe('WEB-TEXT-3: a long text is shown in parts', () => {
  it('leaves a short one alone', () => {
    expect(shortened('hello\nthere', 0)).toEqual({ text: 'hello\nthere', isWhole: true });
  });

  it('shows the beginning of a million letters, and more each time', () => {
    const text = 'word '.repeat(200_000);
    const first = shortened(text, 0);
    expect(first.isWhole).toBe(false);
    expect(first.text.length).toBeLessThan(2000);
    expect(shortened(text, 1).text.length).toBeGreaterThan(first.text.length + 5000);
    expect(text.startsWith(shortened(text, 1).text)).toBe(true);
    expect(shortened(text, 1000)).toEqual({ text, isWhole: true });
  });

  it('counts lines', () => {
    const text = 'x\n'.repeat(1000);
    expect(shortened(text, 0).text.split('\n')).toHaveLength(24);
    expect(shortened(text, 3).isWhole).toBe(true);
  });

  it('never cuts an emoji or a letter with its marks in two', () => {
    for (let shift = 0; shift < 4; shift++) {
      const { text } = shortened('a'.repeat(shift) + '😀'.repeat(5000), 0);
      expect(text.isWellFormed()).toBe(true);
    }
  });
});
