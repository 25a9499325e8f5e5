import { describe, expect, it } from 'vitest';
import { counting, flipBit } from './bytes.contract.ts';
import { concat } from './bytes.ts';
import type { Primitives } from './primitives.ts';

const BLOCK = 64;
/** Around the block and output lengths of SHA-256, where implementations change their ways. */
const LENGTHS = [0, 1, 31, 32, 33, 55, 56, 63, 64, 65, 119, 120, 127, 128, 129, 300];

export function describeMacs(primitives: Primitives): void {
  const { sha256, hmacSha256, hkdf, equal } = primitives;

  /** RFC 2104, section 2. */
  function byDefinition(key: Uint8Array, data: Uint8Array): Uint8Array {
    const block = new Uint8Array(BLOCK);
    block.set(key.length > BLOCK ? sha256(key) : key);
    const inner = sha256(
      concat(
        block.map((byte) => byte ^ 0x36),
        data,
      ),
    );
    return sha256(
      concat(
        block.map((byte) => byte ^ 0x5c),
        inner,
      ),
    );
  }

  describe('HMAC-SHA256 and HKDF: edges', () => {
    it('CRYPTO-8: keys and data of every length around a block, by the definition', () => {
      for (const keyLength of LENGTHS) {
        for (const dataLength of LENGTHS) {
          const [key, data] = [counting(keyLength, 5), counting(dataLength, 200)];
          expect(hmacSha256(key, data), `${keyLength}, ${dataLength}`).toEqual(byDefinition(key, data));
        }
      }
    });

    it('CRYPTO-8: a shorter key is the same as with zeros after it, up to a block, and no longer', () => {
      const data = counting(20);
      const key = counting(32, 1);
      expect(hmacSha256(concat(key, new Uint8Array(32)), data)).toEqual(hmacSha256(key, data));
      expect(hmacSha256(concat(key, new Uint8Array(33)), data)).not.toEqual(hmacSha256(key, data));
    });

    it('CRYPTO-8, CRYPTO-10: each bit of key and data changes even the first eight bytes, which is what messages carry', () => {
      const [key, data] = [counting(32, 9), counting(48, 100)];
      const tag = hmacSha256(key, data).subarray(0, 8);
      expect(equal(tag, hmacSha256(key, data).subarray(0, 8))).toBe(true);
      for (let bit = 0; bit < key.length * 8; bit++) {
        expect(equal(tag, hmacSha256(flipBit(key, bit), data).subarray(0, 8))).toBe(false);
      }
      for (let bit = 0; bit < data.length * 8; bit++) {
        expect(equal(tag, hmacSha256(key, flipBit(data, bit)).subarray(0, 8))).toBe(false);
      }
      for (const length of [0, 7, 9, 32]) expect(equal(tag, hmacSha256(key, data).subarray(0, length))).toBe(false);
    });

    it('CRYPTO-8: HKDF of every length around a block of output, by RFC 5869, section 2', () => {
      const [salt, secret, info] = [counting(32, 1), counting(40, 2), counting(10, 3)];
      const pseudorandom = hmacSha256(salt, secret);
      let expected: Uint8Array = new Uint8Array(0);
      let block: Uint8Array = new Uint8Array(0);
      for (let i = 1; i <= 5; i++) {
        block = hmacSha256(pseudorandom, concat(block, info, Uint8Array.of(i)));
        expected = concat(expected, block);
      }
      for (let length = 1; length <= expected.length; length++) {
        expect(hkdf(salt, secret, info, length)).toEqual(expected.slice(0, length));
      }
    });
  });
}
