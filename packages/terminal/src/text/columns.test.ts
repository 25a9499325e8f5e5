import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf, cut, fit, graphemes, wrap } from './columns.ts';

describe('TERM-2: text fits its columns', () => {
  it('counts wide characters and emoji as two columns', () => {
    expect(columnsOf('漢字')).toBe(4);
    expect(columnsOf('👨‍👩‍👧‍👦')).toBe(2);
    expect(columnsOf('e\u0301')).toBe(1);
  });

  it('never splits a user-perceived character', () => {
    expect(cut('👨‍👩‍👧‍👦👨‍👩‍👧‍👦', 3)).toBe('👨‍👩‍👧‍👦…');
    expect(wrap('漢字漢字', 5)).toEqual(['漢字', '漢字']);
  });

  it('breaks at spaces, inside words only when it must, and keeps newlines', () => {
    expect(wrap('one two three', 8)).toEqual(['one two', 'three']);
    expect(wrap('incomprehensible', 6)).toEqual(['incomp', 'rehens', 'ible']);
    expect(wrap('a\n\nb', 10)).toEqual(['a', '', 'b']);
  });

  it('wraps and fits any text within the width and loses nothing but spaces', () => {
    const width = fc.integer({ min: 2, max: 40 });
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 120 }), width, (text, columns) => {
        const clean = text.replace(/\s/g, ' ');
        const lines = wrap(clean, columns);
        // A single character may be wider than the line (𝅘𝅥𝅮 takes three columns): it stands alone then.
        const widest = Math.max(0, ...graphemes(clean).map(columnsOf));
        for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(Math.max(columns, widest));
        expect(lines.join('').replaceAll(' ', '')).toBe(clean.replaceAll(' ', ''));
        expect(columnsOf(fit(clean, columns))).toBe(columns);
      }),
    );
  });
});
