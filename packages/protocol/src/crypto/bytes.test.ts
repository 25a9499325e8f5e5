import { describe, expect, it } from 'vitest';
import { be32, be64, concat, fromUtf8, sameBytes, utf8 } from './bytes.ts';

describe('bytes', () => {
  it('concatenates', () => {
    expect(concat()).toEqual(new Uint8Array(0));
    expect(concat(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('writes big-endian numbers', () => {
    expect(be32(0x01020304)).toEqual(Uint8Array.of(1, 2, 3, 4));
    expect(be32(0xfffffffe)).toEqual(Uint8Array.of(255, 255, 255, 254));
    expect(be64(0x0102030405060708n)).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    expect(be64(2 ** 40)).toEqual(Uint8Array.of(0, 0, 1, 0, 0, 0, 0, 0));
  });

  it('reads back what it wrote as UTF-8, and nothing malformed', () => {
    expect(fromUtf8(utf8('Grüße 👋'))).toBe('Grüße 👋');
    expect(fromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41))).toBe('\ufeffA');
    expect(() => fromUtf8(Uint8Array.of(0xc3))).toThrow(TypeError);
    expect(() => fromUtf8(Uint8Array.of(0xed, 0xa0, 0x80))).toThrow(TypeError);
  });

  it('compares', () => {
    expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
  });
});
