import * as crypto from 'node:crypto';
import {
  CryptoError,
  expectLength,
  KEM_SEED_LENGTH,
  KeyCache,
  ML_KEM_1024,
  ML_KEM_768,
  type Kem,
  type KemSizes,
} from '@sotto/protocol/crypto';

import { plainBytes } from './plain-bytes.ts';
import { PublicKeyCache } from './public-key-cache.ts';

type KeyType = 'ml-kem-768' | 'ml-kem-1024';

/**
 * Public keys kept imported, about 8 kB each, most of it OpenSSL's expanded matrix: importing costs as much as the
 * encapsulation itself. ML-KEM-1024 is for prekeys, which are used once.
 */
const KEPT_PUBLIC_KEYS: Readonly<Record<KeyType, number>> = { 'ml-kem-768': 64, 'ml-kem-1024': 1 };

/** ML-KEM of OpenSSL 3.5, which checks a public key's modulus as it imports it (FIPS 203, section 7.2). */
function nodeKem(sizes: KemSizes, asymmetricKeyType: KeyType): Kem {
  const privateKeys = new KeyCache((seed) =>
    crypto.createPrivateKey({ key: seed, format: 'raw-seed', asymmetricKeyType }),
  );
  const publicKeys = new PublicKeyCache(
    (publicKey) => crypto.createPublicKey({ key: publicKey, format: 'raw-public', asymmetricKeyType }),
    KEPT_PUBLIC_KEYS[asymmetricKeyType],
  );
  return {
    publicKey(seed) {
      expectLength(`${sizes.name} seed`, seed, KEM_SEED_LENGTH);
      return plainBytes(crypto.createPublicKey(privateKeys.get(seed)).export({ format: 'raw-public' }));
    },
    /** The message `m` comes from the system's own generator: OpenSSL takes none from outside. */
    encapsulate(publicKey) {
      if (publicKey.length !== sizes.publicKey) {
        throw new CryptoError('bad-key', `${sizes.name} public key must be ${sizes.publicKey} bytes`);
      }
      let key: crypto.KeyObject;
      try {
        key = publicKeys.get(publicKey);
      } catch {
        throw new CryptoError('bad-key', `${sizes.name} public key fails the modulus check`);
      }
      const { ciphertext, sharedKey } = crypto.encapsulate(key);
      return { ciphertext: plainBytes(ciphertext), sharedSecret: plainBytes(sharedKey) };
    },
    decapsulate(seed, ciphertext) {
      expectLength(`${sizes.name} seed`, seed, KEM_SEED_LENGTH);
      expectLength(`${sizes.name} ciphertext`, ciphertext, sizes.ciphertext);
      return plainBytes(crypto.decapsulate(privateKeys.get(seed), ciphertext));
    },
  };
}

/** Null where this Node has no ML-KEM with raw keys. */
export function nodeKems(): { readonly mlKem768: Kem; readonly mlKem1024: Kem } | null {
  if (typeof crypto.encapsulate !== 'function') return null;
  const kems = { mlKem768: nodeKem(ML_KEM_768, 'ml-kem-768'), mlKem1024: nodeKem(ML_KEM_1024, 'ml-kem-1024') };
  try {
    kems.mlKem768.publicKey(new Uint8Array(KEM_SEED_LENGTH));
  } catch {
    return null;
  }
  return kems;
}
