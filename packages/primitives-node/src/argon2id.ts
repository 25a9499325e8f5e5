import * as crypto from 'node:crypto';
import { checkArgon2, noblePrimitives, type Primitives } from '@sotto/protocol/crypto';
import { plainBytes } from './plain-bytes.ts';
import type { Sodium } from './sodium.ts';

const SODIUM_SALT_LENGTH = 16;
const SODIUM_LEAST_OUTPUT = 16;

export const nodeArgon2id: Primitives['argon2id'] = (password, salt, cost, length) => {
  checkArgon2(salt, cost, length);
  if (typeof crypto.argon2Sync !== 'function') return noblePrimitives.argon2id(password, salt, cost, length);
  const { memoryKiB: memory, passes } = cost;
  const parameters = { message: password, nonce: salt, parallelism: 1, tagLength: length, memory, passes };
  return plainBytes(crypto.argon2Sync('argon2id', parameters));
};

/** libsodium is twice as fast as OpenSSL here, with one lane as the port has, but takes fewer shapes. */
export function sodiumArgon2id(sodium: Sodium): Primitives['argon2id'] {
  return (password, salt, cost, length) => {
    checkArgon2(salt, cost, length);
    if (salt.length !== SODIUM_SALT_LENGTH || length < SODIUM_LEAST_OUTPUT) {
      return nodeArgon2id(password, salt, cost, length);
    }
    const out = new Uint8Array(length);
    const algorithm = sodium.crypto_pwhash_ALG_ARGON2ID13;
    sodium.crypto_pwhash(out, password, salt, cost.passes, cost.memoryKiB * 1024, algorithm);
    return out;
  };
}
