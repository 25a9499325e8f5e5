import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { encapsulateFirst, KEM_PARTS, noblePrimitives } from '@sotto/protocol/crypto';
import { describePrimitives } from '../../protocol/src/crypto/primitives.contract.ts';
import { loadWebArgon2id } from './wasm-argon2id.ts';
import { loadWebPrimitives } from './web-primitives.ts';

const primitives = { ...(await loadWebPrimitives()), argon2id: await loadWebArgon2id() };

describePrimitives(primitives, (length) => Uint8Array.from(randomBytes(length)));

it('CRYPTO-13: the name says which backends are in use', () => {
  expect(primitives.name).toBe('libsodium (WebAssembly) + noble');
});

const fresh = (length: number): Uint8Array => Uint8Array.from(randomBytes(length));

it('CRYPTO-1, CRYPTO-7: ML-KEM-768 of a given seed and message is the reference’s, byte for byte', () => {
  const [kem, reference] = [primitives.mlKem768, noblePrimitives.mlKem768];
  for (let key = 0; key < 50; key++) {
    const seed = fresh(64);
    const publicKey = reference.publicKey(seed);
    expect(kem.publicKey(seed)).toEqual(publicKey);
    for (const message of [fresh(32), fresh(32), new Uint8Array(32), new Uint8Array(32).fill(0xff)]) {
      const expected = reference.encapsulate(publicKey, () => message);
      expect(kem.encapsulate(publicKey, () => message)).toEqual(expected);
      expect(kem.decapsulate(seed, expected.ciphertext)).toEqual(expected.sharedSecret);
    }
  }
});

it('CRYPTO-15: it decapsulates what was encapsulated in halves, and its ciphertext begins with the first half', () => {
  const [seed, message] = [fresh(64), fresh(32)];
  const publicKey = primitives.mlKem768.publicKey(seed);
  const keySeed = publicKey.subarray(KEM_PARTS.keyVector);
  const { ct1, sharedSecret } = encapsulateFirst(keySeed, primitives.sha3_256(publicKey), message);
  const whole = primitives.mlKem768.encapsulate(publicKey, () => message);
  expect(whole.ciphertext.subarray(0, KEM_PARTS.ct1)).toEqual(ct1);
  expect(primitives.mlKem768.decapsulate(seed, whole.ciphertext)).toEqual(sharedSecret);
});

it('CRYPTO-2: a source of randomness that gives another length is refused', () => {
  const publicKey = primitives.mlKem768.publicKey(fresh(64));
  for (const length of [0, 31, 33]) {
    expect(() => primitives.mlKem768.encapsulate(publicKey, () => fresh(length))).toThrow(
      expect.objectContaining({ code: 'bad-length' }),
    );
  }
});

it('CRYPTO-9: Argon2id is the reference’s at the lengths that a passphrase uses', () => {
  const [password, salt, cost] = [fresh(20), fresh(16), { memoryKiB: 1024, passes: 2 }];
  expect(primitives.argon2id(password, salt, cost, 32)).toEqual(noblePrimitives.argon2id(password, salt, cost, 32));
});
