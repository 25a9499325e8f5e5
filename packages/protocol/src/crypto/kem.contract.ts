import { shake128 } from '@noble/hashes/sha3.js';
import { describe, expect, it } from 'vitest';
import { asView, counting, expectCode, expectOwnBytes, flipBit, toHex, wrongLengths } from './bytes.contract.ts';
import { concat } from './bytes.ts';
import { ML_KEM_1024, ML_KEM_768 } from './kem.ts';
import { noblePrimitives } from './noble-primitives.ts';
import type { Kem, Primitives, Random } from './primitives.ts';

/**
 * A hundred rounds of generate, encapsulate, decapsulate and decapsulate noise, seeds and messages out of SHAKE-128,
 * results into SHAKE-128: the accumulated test of C2SP's vectors and of Go's crypto/mlkem, whose digest for
 * ML-KEM-768 this is. The one for ML-KEM-1024 is what noble and OpenSSL agree on.
 */
const KEMS = [
  {
    name: 'mlKem768',
    sizes: ML_KEM_768,
    accumulated: '1114b1b6699ed191734fa339376afa7e285c9e6acf6ff0177d346696ce564415',
  },
  {
    name: 'mlKem1024',
    sizes: ML_KEM_1024,
    accumulated: '800018fec3e2723f73f1d657fe239b4d5d8782efaade297e8cd448e54cc2ac00',
  },
] as const;

const seedOf = (first: number): Uint8Array => counting(64, first);

export function describeKems(primitives: Primitives, random: Random): void {
  describe.each(KEMS)('$name', ({ name, sizes, accumulated }) => {
    const kem: Kem = primitives[name];
    const reference: Kem = noblePrimitives[name];

    it('CRYPTO-7: a hundred accumulated rounds', () => {
      const source = shake128.create({});
      const sink = shake128.create({});
      for (let i = 0; i < 100; i++) {
        const seed = source.xof(64);
        const publicKey = kem.publicKey(seed);
        const message = source.xof(32);
        // Native backends draw their own message, so the reference encapsulates.
        const { ciphertext, sharedSecret } = reference.encapsulate(publicKey, () => message);
        expect(kem.decapsulate(seed, ciphertext)).toEqual(sharedSecret);
        const noise = source.xof(sizes.ciphertext);
        for (const bytes of [publicKey, ciphertext, sharedSecret, kem.decapsulate(seed, noise)]) sink.update(bytes);
      }
      expect(toHex(sink.xof(32))).toBe(accumulated);
    });

    it('CRYPTO-7: what it encapsulates, it and the reference decapsulate', () => {
      const seed = seedOf(1);
      const { ciphertext, sharedSecret } = kem.encapsulate(kem.publicKey(seed), random);
      expect(ciphertext.length).toBe(sizes.ciphertext);
      expect(sharedSecret.length).toBe(32);
      expect(kem.decapsulate(seed, ciphertext)).toEqual(sharedSecret);
      expect(reference.decapsulate(seed, ciphertext)).toEqual(sharedSecret);
    });

    it('CRYPTO-7: every encapsulation is fresh', () => {
      const publicKey = kem.publicKey(seedOf(1));
      const [one, other] = [kem.encapsulate(publicKey, random), kem.encapsulate(publicKey, random)];
      expect(one.ciphertext).not.toEqual(other.ciphertext);
      expect(one.sharedSecret).not.toEqual(other.sharedSecret);
    });

    it('CRYPTO-7: a changed ciphertext gives SHAKE256(z | ciphertext), FIPS 203 algorithm 18', () => {
      const seed = seedOf(2);
      const { ciphertext, sharedSecret } = kem.encapsulate(kem.publicKey(seed), random);
      for (const bit of [0, 4001, sizes.ciphertext * 8 - 1]) {
        const changed = flipBit(ciphertext, bit);
        const rejected = kem.decapsulate(seed, changed);
        expect(rejected).not.toEqual(sharedSecret);
        expect(rejected).toEqual(noblePrimitives.shake256(concat(seed.subarray(32), changed), 32));
      }
    });

    it('CRYPTO-7: ciphertexts that nobody made, or for another key: a secret of z and the ciphertext, no error', () => {
      const seed = seedOf(7);
      const forOther = kem.encapsulate(kem.publicKey(seedOf(8)), random);
      const zeros = new Uint8Array(sizes.ciphertext);
      for (const ciphertext of [
        zeros,
        zeros.with(0, 1),
        new Uint8Array(sizes.ciphertext).fill(0xff),
        forOther.ciphertext,
      ]) {
        const rejected = kem.decapsulate(seed, ciphertext);
        expect(rejected).toEqual(noblePrimitives.shake256(concat(seed.subarray(32), ciphertext), 32));
      }
      expect(kem.decapsulate(seed, forOther.ciphertext)).not.toEqual(forOther.sharedSecret);
    });

    it('CRYPTO-7: seeds of all zeros and all ones, and seeds that differ in z alone', () => {
      for (const seed of [new Uint8Array(64), new Uint8Array(64).fill(0xff)]) {
        expect(kem.publicKey(seed)).toEqual(reference.publicKey(seed));
        const { ciphertext, sharedSecret } = kem.encapsulate(kem.publicKey(seed), random);
        expect(kem.decapsulate(seed, ciphertext)).toEqual(sharedSecret);
        // Z decides only what a wrong ciphertext gives.
        const otherZ = seed.with(63, seed[63]! ^ 1);
        expect(kem.publicKey(otherZ)).toEqual(kem.publicKey(seed));
        expect(kem.decapsulate(otherZ, ciphertext)).toEqual(sharedSecret);
        const wrong = flipBit(ciphertext, 0);
        expect(kem.decapsulate(otherZ, wrong)).not.toEqual(kem.decapsulate(seed, wrong));
      }
    });

    it('CRYPTO-7: a public key with a coefficient of q or more is refused', () => {
      const publicKey = kem.publicKey(seedOf(3));
      for (const coefficient of [3329, 3330, 4095]) {
        for (const at of [0, 3 * 100, sizes.publicKey - 32 - 3]) {
          const bad = Uint8Array.from(publicKey);
          bad[at] = coefficient & 0xff;
          bad[at + 1] = ((bad[at + 1] ?? 0) & 0xf0) | (coefficient >> 8);
          expectCode('bad-key', () => kem.encapsulate(bad, random));
        }
      }
      const largest = Uint8Array.from(publicKey);
      largest[0] = 3328 & 0xff;
      largest[1] = ((largest[1] ?? 0) & 0xf0) | (3328 >> 8);
      expect(kem.encapsulate(largest, random).ciphertext.length).toBe(sizes.ciphertext);
    });

    it('CRYPTO-2, CRYPTO-11: lengths are checked; views are taken, inputs stay, results own their memory', () => {
      const seed = asView(seedOf(4));
      const publicKey = kem.publicKey(seed);
      const view = asView(publicKey);
      const { ciphertext, sharedSecret } = kem.encapsulate(view, random);
      expect(kem.decapsulate(seed, asView(ciphertext))).toEqual(sharedSecret);
      expect([seed, view]).toEqual([seedOf(4), publicKey]);
      for (const bytes of [publicKey, ciphertext, sharedSecret, kem.decapsulate(seed, ciphertext)]) {
        expectOwnBytes(bytes);
      }
      for (const wrong of wrongLengths(publicKey)) expectCode('bad-key', () => kem.encapsulate(wrong, random));
      for (const wrong of wrongLengths(seed)) {
        expectCode('bad-length', () => kem.publicKey(wrong));
        expectCode('bad-length', () => kem.decapsulate(wrong, ciphertext));
      }
      for (const wrong of wrongLengths(ciphertext)) expectCode('bad-length', () => kem.decapsulate(seed, wrong));
    });

    it('CRYPTO-12: an overwritten seed does not answer for the old one', () => {
      const seed = seedOf(5);
      const { ciphertext, sharedSecret } = kem.encapsulate(kem.publicKey(seed), random);
      seed.set(seedOf(6));
      expect(kem.decapsulate(seed, ciphertext)).not.toEqual(sharedSecret);
      expect(kem.publicKey(seed)).toEqual(kem.publicKey(seedOf(6)));
    });
  });
}
