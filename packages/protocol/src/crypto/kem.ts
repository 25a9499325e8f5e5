import { ml_kem1024, ml_kem768, type MLKEM } from '@noble/post-quantum/ml-kem.js';
import { expectLength } from './expect-length.ts';
import { KeyCache } from './key-cache.ts';
import { CryptoError, type Kem } from './primitives.ts';

/** Sizes in bytes (FIPS 203, table 3). */
export interface KemSizes {
  readonly name: string;
  readonly publicKey: number;
  readonly ciphertext: number;
}

export const ML_KEM_768: KemSizes = { name: 'ML-KEM-768', publicKey: 1184, ciphertext: 1088 };
export const ML_KEM_1024: KemSizes = { name: 'ML-KEM-1024', publicKey: 1568, ciphertext: 1568 };
/** d | z (FIPS 203, section 7.1). */
export const KEM_SEED_LENGTH = 64;

function nobleKem(sizes: KemSizes, kem: MLKEM): Kem {
  const secretKeys = new KeyCache((seed) => kem.keygen(seed).secretKey);
  return {
    publicKey(seed) {
      expectLength(`${sizes.name} seed`, seed, KEM_SEED_LENGTH);
      const pair = kem.keygen(seed);
      pair.secretKey.fill(0);
      return pair.publicKey;
    },
    encapsulate(publicKey, random) {
      if (publicKey.length !== sizes.publicKey) {
        throw new CryptoError('bad-key', `${sizes.name} public key must be ${sizes.publicKey} bytes`);
      }
      const message = random(32);
      expectLength('randomness', message, 32);
      try {
        const { cipherText, sharedSecret } = kem.encapsulate(publicKey, message);
        return { ciphertext: cipherText, sharedSecret: sharedSecret.slice() }; // it is half of a larger array
      } catch {
        throw new CryptoError('bad-key', `${sizes.name} public key fails the modulus check`);
      }
    },
    decapsulate(seed, ciphertext) {
      expectLength(`${sizes.name} seed`, seed, KEM_SEED_LENGTH);
      expectLength(`${sizes.name} ciphertext`, ciphertext, sizes.ciphertext);
      return kem.decapsulate(ciphertext, secretKeys.get(seed)).slice();
    },
  };
}

export const nobleMlKem768: Kem = nobleKem(ML_KEM_768, ml_kem768);
export const nobleMlKem1024: Kem = nobleKem(ML_KEM_1024, ml_kem1024);
