import fc from 'fast-check';
import { expect, it } from 'vitest';
import { textBytes } from './text-size.ts';

it('counts what a text takes in a message', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(textBytes(text)).toBe(new TextEncoder().encode(text).length);
    }),
  );
});
