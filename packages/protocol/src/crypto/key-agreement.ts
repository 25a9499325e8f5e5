import { x25519 } from '@noble/curves/ed25519.js';
import { expectLength } from './expect-length.ts';
import { CryptoError, type KeyAgreement } from './primitives.ts';

/** X25519 (RFC 7748). Public keys are taken modulo p with the top bit ignored, as section 5 asks. */
export const nobleX25519: KeyAgreement = {
  publicKey(secretKey) {
    expectLength('X25519 secret key', secretKey, 32);
    return x25519.getPublicKey(secretKey);
  },
  sharedSecret(secretKey, publicKey) {
    expectLength('X25519 secret key', secretKey, 32);
    expectLength('X25519 public key', publicKey, 32);
    try {
      return x25519.getSharedSecret(secretKey, publicKey);
    } catch {
      throw new CryptoError('bad-point', 'X25519 public key has small order');
    }
  },
};
