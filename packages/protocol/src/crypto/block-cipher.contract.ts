import { describe, expect, it } from 'vitest';
import { counting } from './bytes.contract.ts';
import { concat } from './bytes.ts';
import type { Primitives } from './primitives.ts';

const BLOCK = 16;
const KEY = counting(32, 3);
const IV = counting(BLOCK, 90);

/** Every wrong padding there is, and what a right one looks like (RFC 5652, section 6.3). */
export function describeBlockCipher({ aesCbc }: Primitives): void {
  /** The ciphertext of whole blocks as they stand: what padding they have is their own. */
  const encryptBlocks = (blocks: Uint8Array): Uint8Array => aesCbc.encrypt(KEY, IV, blocks).subarray(0, blocks.length);
  const decryptBlocks = (blocks: Uint8Array): Uint8Array | null => aesCbc.decrypt(KEY, IV, encryptBlocks(blocks));
  /** Two blocks that end with `count` bytes of padding; no byte before is like it. */
  const padded = (count: number): Uint8Array =>
    concat(new Uint8Array(2 * BLOCK - count).fill(0xaa), new Uint8Array(count).fill(count));

  describe('AES-256-CBC: padding', () => {
    it('CRYPTO-6: 1 to 16 bytes, each the count, are taken off', () => {
      for (let count = 1; count <= BLOCK; count++) {
        expect(decryptBlocks(padded(count))).toEqual(new Uint8Array(2 * BLOCK - count).fill(0xaa));
      }
      expect(decryptBlocks(new Uint8Array(BLOCK).fill(BLOCK))).toEqual(new Uint8Array(0));
    });

    it('CRYPTO-6: a wrong byte anywhere in it is refused', () => {
      for (let count = 1; count <= BLOCK; count++) {
        const right = padded(count);
        for (let at = right.length - count; at < right.length; at++) {
          for (const wrong of [right[at]! ^ 0x80, right[at]! ^ 0x20, 0xaa]) {
            expect(decryptBlocks(right.with(at, wrong)), `byte ${at} of ${count} is ${wrong}`).toBeNull();
          }
        }
      }
    });

    it('CRYPTO-6: a count of 0, of more than a block, or of more than there is, is refused', () => {
      for (let last = 0; last <= 0xff; last++) {
        if (last >= 1 && last <= BLOCK) continue;
        const count = Math.min(last, 2 * BLOCK);
        const ending = concat(new Uint8Array(2 * BLOCK - count), new Uint8Array(count).fill(last));
        expect(decryptBlocks(ending.with(2 * BLOCK - 1, last)), `count ${last}`).toBeNull();
      }
      // A block that says it is followed by less than nothing: 17 to 32 bytes of padding in one block.
      for (let count = BLOCK + 1; count <= 2 * BLOCK; count++) {
        expect(decryptBlocks(new Uint8Array(BLOCK).fill(count))).toBeNull();
      }
    });

    it('CRYPTO-6: what is no row of blocks is refused', () => {
      const ciphertext = aesCbc.encrypt(KEY, IV, counting(40));
      const lengths = Array.from(ciphertext.keys()).filter((length) => length === 0 || length % BLOCK !== 0);
      for (const length of lengths) {
        expect(aesCbc.decrypt(KEY, IV, ciphertext.subarray(0, length)), `${length} bytes`).toBeNull();
      }
    });

    it('CRYPTO-6: nothing is authenticated: a changed IV or block changes what comes out, so a MAC goes first', () => {
      const plaintext = counting(40);
      const ciphertext = aesCbc.encrypt(KEY, IV, plaintext);
      const changed = aesCbc.decrypt(KEY, IV.with(5, IV[5]! ^ 0x40), ciphertext);
      expect(changed).toEqual(plaintext.with(5, plaintext[5]! ^ 0x40));
      const garbled = aesCbc.decrypt(KEY, IV, ciphertext.with(3, ciphertext[3]! ^ 1));
      expect(garbled?.subarray(BLOCK)).toEqual(plaintext.subarray(BLOCK).with(3, plaintext[BLOCK + 3]! ^ 1));
    });
  });
}
