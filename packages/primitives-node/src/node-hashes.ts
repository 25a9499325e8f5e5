import { createHmac, hash, hkdfSync } from 'node:crypto';
import { checkHkdfLength, checkShakeLength, noblePrimitives, type Primitives } from '@sotto/protocol/crypto';
import { plainBytes } from './plain-bytes.ts';
import type { Sodium } from './sodium.ts';

type Hashes = Pick<Primitives, 'sha256' | 'sha512' | 'hmacSha256' | 'hkdf' | 'sha3_256' | 'shake256'>;

/** OpenSSL has the faster compression function (SHA extensions), libsodium the cheaper call. */
const SHORT_INPUT = 256;
/** node:crypto takes no longer `info`. */
const HKDF_INFO_MOST = 1024;

export const nodeHashes: Hashes = {
  sha256: (data) => plainBytes(hash('sha256', data, 'buffer')),
  sha512: (data) => plainBytes(hash('sha512', data, 'buffer')),
  hmacSha256: (key, data) => plainBytes(createHmac('sha256', key).update(data).digest()),
  hkdf(salt, secret, info, length) {
    checkHkdfLength(length);
    if (info.length > HKDF_INFO_MOST) return noblePrimitives.hkdf(salt, secret, info, length);
    return new Uint8Array(hkdfSync('sha256', secret, salt, info, length));
  },
  sha3_256: (data) => plainBytes(hash('sha3-256', data, 'buffer')),
  shake256(data, length) {
    checkShakeLength(length);
    return plainBytes(hash('shake256', data, { outputEncoding: 'buffer', outputLength: length }));
  },
};

export function sodiumSha256(sodium: Sodium): Primitives['sha256'] {
  return (data) => {
    if (data.length > SHORT_INPUT) return nodeHashes.sha256(data);
    const digest = new Uint8Array(32);
    sodium.crypto_hash_sha256(digest, data);
    return digest;
  };
}
