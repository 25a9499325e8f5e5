import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { concat, noblePrimitives } from '../crypto/index.ts';
import type { Primitives } from '../crypto/index.ts';
import { seededRandom } from '../identity/identity.fixture.ts';
import { kyberDecapsulate, kyberEncapsulate } from './kyber.ts';

const P = noblePrimitives;
const seed = seededRandom('kyber')(64);
const publicKey = P.mlKem1024.publicKey(seed);

const sha3 = (bytes: Uint8Array): Uint8Array => createHash('sha3-256').update(bytes).digest();
const shake = (bytes: Uint8Array): Uint8Array => createHash('shake256', { outputLength: 32 }).update(bytes).digest();

describe('Kyber-1024 of round 3', () => {
  it('PQ-4: m is SHA3-256 of what was drawn, the secret SHAKE256(K | SHA3-256(ct))', () => {
    const drawn = seededRandom('m')(32);
    const ours = kyberEncapsulate(P, seededRandom('m'), publicKey);
    const plain = P.mlKem1024.encapsulate(publicKey, () => Uint8Array.from(sha3(drawn)));
    expect(ours.ciphertext).toEqual(plain.ciphertext);
    expect(ours.sharedSecret).toEqual(Uint8Array.from(shake(concat(plain.sharedSecret, sha3(plain.ciphertext)))));
    expect(ours.sharedSecret).not.toEqual(plain.sharedSecret);
  });

  it('PQ-4: both ends get the same secret', () => {
    const { ciphertext, sharedSecret } = kyberEncapsulate(P, seededRandom('both'), publicKey);
    expect(kyberDecapsulate(P, seed, ciphertext)).toEqual(sharedSecret);
  });

  it('PQ-4: a backend that draws m itself is understood all the same', () => {
    const ownRandom: Primitives = {
      ...P,
      mlKem1024: { ...P.mlKem1024, encapsulate: (key) => P.mlKem1024.encapsulate(key, seededRandom('system')) },
    };
    const { ciphertext, sharedSecret } = kyberEncapsulate(ownRandom, seededRandom('ignored'), publicKey);
    expect(kyberDecapsulate(P, seed, ciphertext)).toEqual(sharedSecret);
  });

  it.each([0, 700, 1567])('PQ-4: with byte %i of the ciphertext changed the secrets differ', (at) => {
    const { ciphertext, sharedSecret } = kyberEncapsulate(P, seededRandom('changed'), publicKey);
    const changed = ciphertext.with(at, ciphertext[at]! ^ 1);
    expect(kyberDecapsulate(P, seed, changed)).not.toEqual(sharedSecret);
  });
});
