import { equalBytes } from '@noble/ciphers/utils.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { sha3_256, shake256 } from '@noble/hashes/sha3.js';
import { nobleAesCbc, nobleAesGcm, nobleChaChaPoly, nobleXChaChaPoly } from './aead.ts';
import { checkShakeLength, nobleArgon2id, nobleHkdf } from './derivation.ts';
import { nobleMlKem1024, nobleMlKem768 } from './kem.ts';
import { nobleX25519 } from './key-agreement.ts';
import type { Primitives } from './primitives.ts';
import { nobleEd25519 } from './signatures.ts';

/** Pure TypeScript, everywhere: the reference that every native backend is compared with. */
export const noblePrimitives: Primitives = {
  name: 'noble',
  x25519: nobleX25519,
  ed25519: nobleEd25519,
  aesGcm: nobleAesGcm,
  chaChaPoly: nobleChaChaPoly,
  xChaChaPoly: nobleXChaChaPoly,
  aesCbc: nobleAesCbc,
  mlKem768: nobleMlKem768,
  mlKem1024: nobleMlKem1024,
  sha256: (data) => sha256(data),
  sha512: (data) => sha512(data),
  hmacSha256: (key, data) => hmac(sha256, key, data),
  hkdf: nobleHkdf,
  sha3_256: (data) => sha3_256(data),
  shake256(data, length) {
    checkShakeLength(length);
    return shake256(data, { dkLen: length });
  },
  argon2id: nobleArgon2id,
  equal: (a, b) => a.length === b.length && equalBytes(a, b),
};
