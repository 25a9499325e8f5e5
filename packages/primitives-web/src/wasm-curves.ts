import type Sodium from 'libsodium-wrappers';
import { CryptoError, expectLength, KeyCache, type KeyAgreement, type Signatures } from '@sotto/protocol/crypto';

export function wasmX25519(sodium: typeof Sodium): KeyAgreement {
  return {
    publicKey(secretKey) {
      expectLength('X25519 secret key', secretKey, 32);
      return sodium.crypto_scalarmult_base(secretKey);
    },
    sharedSecret(secretKey, publicKey) {
      expectLength('X25519 secret key', secretKey, 32);
      expectLength('X25519 public key', publicKey, 32);
      try {
        return sodium.crypto_scalarmult(secretKey, publicKey);
      } catch {
        throw new CryptoError('bad-point', 'X25519 public key has small order');
      }
    },
  };
}

/** libsodium's verification is the strict one that the port asks for. */
export function wasmEd25519(sodium: typeof Sodium): Signatures {
  const keyPairs = new KeyCache((seed) => sodium.crypto_sign_seed_keypair(seed));
  return {
    publicKey(seed) {
      expectLength('Ed25519 seed', seed, 32);
      return Uint8Array.from(keyPairs.get(seed).publicKey);
    },
    sign(seed, message) {
      expectLength('Ed25519 seed', seed, 32);
      return sodium.crypto_sign_detached(message, keyPairs.get(seed).privateKey);
    },
    verify: (publicKey, message, signature) =>
      publicKey.length === 32 &&
      signature.length === 64 &&
      sodium.crypto_sign_verify_detached(signature, message, publicKey),
  };
}
