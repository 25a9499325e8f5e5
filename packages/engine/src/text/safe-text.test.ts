import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeLine, safeText } from './safe-text.ts';

describe('TERM-1, TM-17: received text never steers the terminal', () => {
  it.each([
    ['\u001b[2J\u001b[31mred', '␛[2J␛[31mred'],
    ['a\u0007b\u0000c', 'a␇b␀c'],
    ['\u009b31m', '\ufffd31m'],
    ['over\rwritten', 'over\nwritten'],
    ['a\r\nb\u2028c', 'a\nb\nc'],
    ['\u202Eevil\u202C', 'evil'],
    ['\u2066x\u2069\ufeff', 'x'],
    ['tab\there', 'tab    here'],
    ['e' + '\u0301'.repeat(500), 'e' + '\u0301'.repeat(8)],
  ])('%j becomes %j', (received, shown) => {
    expect(safeText(received)).toBe(shown);
  });

  it.each(['שלום עולם', 'مرحبا', '👨‍👩‍👧‍👦 and 🇨🇭', 'naïve 漢字'])('leaves %s alone', (text) => {
    expect(safeText(text)).toBe(text);
  });

  it('leaves no control character of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        // oxlint-disable-next-line no-control-regex
        expect(safeText(text)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
        expect(safeLine(text)).not.toContain('\n');
      }),
    );
  });
});
