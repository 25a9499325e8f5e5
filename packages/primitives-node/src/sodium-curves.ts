import { CryptoError, expectLength, KeyCache, type KeyAgreement, type Signatures } from '@sotto/protocol/crypto';
import type { Sodium } from './sodium.ts';

export function sodiumX25519(sodium: Sodium): KeyAgreement {
  return {
    publicKey(secretKey) {
      expectLength('X25519 secret key', secretKey, 32);
      const publicKey = new Uint8Array(32);
      sodium.crypto_scalarmult_base(publicKey, secretKey);
      return publicKey;
    },
    sharedSecret(secretKey, publicKey) {
      expectLength('X25519 secret key', secretKey, 32);
      expectLength('X25519 public key', publicKey, 32);
      const secret = new Uint8Array(32);
      try {
        sodium.crypto_scalarmult(secret, secretKey, publicKey);
      } catch {
        throw new CryptoError('bad-point', 'X25519 public key has small order');
      }
      return secret;
    },
  };
}

/** libsodium's verification is the strict one that the port asks for. */
export function sodiumEd25519(sodium: Sodium): Signatures {
  const keyPairs = new KeyCache((seed) => {
    const publicKey = new Uint8Array(32);
    const secretKey = new Uint8Array(64);
    sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed);
    return { publicKey, secretKey };
  });
  return {
    publicKey(seed) {
      expectLength('Ed25519 seed', seed, 32);
      return Uint8Array.from(keyPairs.get(seed).publicKey);
    },
    sign(seed, message) {
      expectLength('Ed25519 seed', seed, 32);
      const signature = new Uint8Array(64);
      sodium.crypto_sign_detached(signature, message, keyPairs.get(seed).secretKey);
      return signature;
    },
    verify: (publicKey, message, signature) =>
      publicKey.length === 32 &&
      signature.length === 64 &&
      sodium.crypto_sign_verify_detached(signature, message, publicKey),
  };
}
