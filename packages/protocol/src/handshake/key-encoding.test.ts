import { describe, expect, it } from 'vitest';
import { decodeCurveKey, decodeKyber, encodeCurveKey, encodeKyber, isCurveKey } from './key-encoding.ts';

/** Little-endian 32 bytes. */
function littleEndian(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

const P = 2n ** 255n - 19n;

describe('keys on the wire', () => {
  it('PQ-1: a curve key is 0x05 and 32 bytes, and comes back', () => {
    const key = new Uint8Array(32).fill(9);
    const encoded = encodeCurveKey(key);
    expect([encoded.length, encoded[0]]).toEqual([33, 0x05]);
    expect(decodeCurveKey(encoded)).toEqual(key);
  });

  it.each([0n, 1n, 9n, P - 1n, P - 2n ** 16n, 2n ** 254n])('PQ-1: u = %s is canonical', (u) => {
    expect(isCurveKey(encodeCurveKey(littleEndian(u)))).toBe(true);
  });

  it.each([P, P + 1n, P + 18n, 2n ** 255n, 2n ** 255n + 9n, 2n ** 256n - 1n])('PQ-1: u = %s is refused', (u) => {
    const encoded = encodeCurveKey(littleEndian(u));
    expect(isCurveKey(encoded)).toBe(false);
    expect(() => decodeCurveKey(encoded)).toThrow(expect.objectContaining({ code: 'bad-key' }));
  });

  it.each([0, 32, 34])('PQ-1: a curve key of %i bytes is refused', (length) => {
    const bytes = new Uint8Array(length);
    bytes.fill(5, 0, 1);
    expect(() => decodeCurveKey(bytes)).toThrow(expect.objectContaining({ code: 'bad-key' }));
  });

  it('PQ-1: another type byte is refused', () => {
    expect(isCurveKey(new Uint8Array(33).fill(6, 0, 1))).toBe(false);
    expect(() => decodeKyber(new Uint8Array(1569).fill(7, 0, 1))).toThrow(expect.objectContaining({ code: 'bad-key' }));
  });

  it('PQ-1: a Kyber key is 0x08 and 1,568 bytes, and comes back', () => {
    const bytes = new Uint8Array(1568).fill(3);
    const encoded = encodeKyber(bytes);
    expect([encoded.length, encoded[0]]).toEqual([1569, 0x08]);
    expect(decodeKyber(encoded)).toEqual(bytes);
    expect(() => decodeKyber(encoded.subarray(0, 1568))).toThrow(expect.objectContaining({ code: 'bad-key' }));
  });
});
