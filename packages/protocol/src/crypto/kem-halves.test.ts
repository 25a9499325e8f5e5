import { describe, expect, it } from 'vitest';
import { asView, counting, expectCode, expectOwnBytes, wrongLengths } from './bytes.contract.ts';
import { concat } from './bytes.ts';
import { encapsulateFirst, encapsulateWhole, KEM_PARTS } from './kem-halves.ts';
import { noblePrimitives as P } from './noble-primitives.ts';

const drawn = (name: string, length: number): Uint8Array => P.shake256(new TextEncoder().encode(name), length);

describe('ML-KEM-768 in halves', () => {
  it('CRYPTO-15: ct1 of the header and ct2 of the whole key are the library’s ciphertext: 1,000 random cases', () => {
    for (let key = 0; key < 200; key++) {
      const seed = drawn(`halves seed ${key}`, 64);
      const publicKey = P.mlKem768.publicKey(seed);
      const keyHash = P.sha3_256(publicKey);
      for (let at = 0; at < 5; at++) {
        const message = drawn(`halves message ${key} ${at}`, 32);
        const whole = P.mlKem768.encapsulate(publicKey, () => message);
        const first = encapsulateFirst(publicKey.subarray(KEM_PARTS.keyVector), keyHash, message);
        expect(Buffer.compare(first.ct1, whole.ciphertext.subarray(0, KEM_PARTS.ct1))).toBe(0);
        expect(Buffer.compare(first.sharedSecret, whole.sharedSecret)).toBe(0);
      }
    }
  });

  it('CRYPTO-15: the whole ciphertext is the library’s, and decapsulates to the first half’s secret', () => {
    const seed = drawn('halves seed', 64);
    const publicKey = P.mlKem768.publicKey(seed);
    for (let at = 0; at < 20; at++) {
      const message = drawn(`halves message ${at}`, 32);
      const ciphertext = encapsulateWhole(publicKey, message);
      const { ct1, sharedSecret } = encapsulateFirst(publicKey.subarray(1152), P.sha3_256(publicKey), message);
      expect(ciphertext).toEqual(P.mlKem768.encapsulate(publicKey, () => message).ciphertext);
      expect(ciphertext.length).toBe(KEM_PARTS.ct1 + KEM_PARTS.ct2);
      expect(P.mlKem768.decapsulate(seed, concat(ct1, ciphertext.subarray(KEM_PARTS.ct1)))).toEqual(sharedSecret);
    }
  });

  it('CRYPTO-15: messages of all zeros and all ones, as any other', () => {
    const publicKey = P.mlKem768.publicKey(counting(64));
    for (const message of [new Uint8Array(32), new Uint8Array(32).fill(0xff)]) {
      const whole = P.mlKem768.encapsulate(publicKey, () => message);
      const first = encapsulateFirst(publicKey.subarray(1152), P.sha3_256(publicKey), message);
      expect(concat(first.ct1, whole.ciphertext.subarray(960))).toEqual(whole.ciphertext);
    }
  });

  it('CRYPTO-2, CRYPTO-11: lengths are checked; views are taken, inputs stay, results own their memory', () => {
    const publicKey = P.mlKem768.publicKey(counting(64));
    const [keySeed, keyHash, message] = [publicKey.slice(1152), P.sha3_256(publicKey), counting(32, 9)];
    const views = [keySeed, keyHash, message].map(asView) as [Uint8Array, Uint8Array, Uint8Array];
    const { ct1, sharedSecret } = encapsulateFirst(...views);
    expect(views).toEqual([keySeed, keyHash, message]);
    const ciphertext = encapsulateWhole(asView(publicKey), views[2]);
    expect(views[2]).toEqual(message);
    expect(ciphertext.subarray(0, 960)).toEqual(ct1);
    for (const bytes of [ct1, sharedSecret, ciphertext]) expectOwnBytes(bytes);
    for (const wrong of wrongLengths(message)) {
      expectCode('bad-length', () => encapsulateFirst(wrong, keyHash, message));
      expectCode('bad-length', () => encapsulateFirst(keySeed, wrong, message));
      expectCode('bad-length', () => encapsulateFirst(keySeed, keyHash, wrong));
      expectCode('bad-length', () => encapsulateWhole(publicKey, wrong));
    }
    for (const wrong of wrongLengths(publicKey)) expectCode('bad-key', () => encapsulateWhole(wrong, message));
  });

  it('CRYPTO-7, CRYPTO-15: a key vector with a coefficient of q or more is refused, whichever it is', () => {
    const publicKey = P.mlKem768.publicKey(counting(64));
    for (let coefficient = 0; coefficient < 768; coefficient += 7) {
      const bad = publicKey.slice();
      const at = (coefficient >> 1) * 3;
      if (coefficient % 2 === 0) {
        bad[at] = 3329 & 0xff;
        bad[at + 1] = (bad[at + 1]! & 0xf0) | (3329 >> 8);
      } else {
        bad[at + 1] = (bad[at + 1]! & 0x0f) | ((3329 & 0x0f) << 4);
        bad[at + 2] = 3329 >> 4;
      }
      expectCode('bad-key', () => encapsulateWhole(bad, counting(32)));
    }
  });
});
