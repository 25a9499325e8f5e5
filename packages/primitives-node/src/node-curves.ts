import { createPrivateKey, createPublicKey, diffieHellman, sign, verify, type KeyObject } from 'node:crypto';
import { CryptoError, expectLength, KeyCache, type KeyAgreement, type Signatures } from '@sotto/protocol/crypto';
import { isStrictPoint } from './ed25519-points.ts';

import { plainBytes } from './plain-bytes.ts';

/*
 * For platforms without the sodium addon. Keys go in through the fixed DER prefixes of RFC 8410, which every
 * version of Node takes; the public key is the last 32 bytes of the exported form.
 */
const PRIVATE_X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC_X25519 = Buffer.from('302a300506032b656e032100', 'hex');
const PRIVATE_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_ED25519 = Buffer.from('302a300506032b6570032100', 'hex');

const importPrivate = (prefix: Buffer, secret: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([prefix, secret]), format: 'der', type: 'pkcs8' });
const importPublic = (prefix: Buffer, bytes: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([prefix, bytes]), format: 'der', type: 'spki' });
const publicBytes = (key: KeyObject): Uint8Array =>
  Uint8Array.from(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32));

const agreementKeys = new KeyCache((secret) => importPrivate(PRIVATE_X25519, secret));
const signingKeys = new KeyCache((seed) => importPrivate(PRIVATE_ED25519, seed));

export const nodeX25519: KeyAgreement = {
  publicKey(secretKey) {
    expectLength('X25519 secret key', secretKey, 32);
    return publicBytes(agreementKeys.get(secretKey));
  },
  sharedSecret(secretKey, publicKey) {
    expectLength('X25519 secret key', secretKey, 32);
    expectLength('X25519 public key', publicKey, 32);
    const privateKey = agreementKeys.get(secretKey);
    try {
      return plainBytes(diffieHellman({ privateKey, publicKey: importPublic(PUBLIC_X25519, publicKey) }));
    } catch {
      throw new CryptoError('bad-point', 'X25519 public key has small order');
    }
  },
};

export const nodeEd25519: Signatures = {
  publicKey(seed) {
    expectLength('Ed25519 seed', seed, 32);
    return publicBytes(signingKeys.get(seed));
  },
  sign(seed, message) {
    expectLength('Ed25519 seed', seed, 32);
    return plainBytes(sign(null, message, signingKeys.get(seed)));
  },
  verify(publicKey, message, signature) {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    // OpenSSL checks S < L and compares R byte by byte; hostile points only newer versions of Node refuse.
    if (!isStrictPoint(publicKey) || !isStrictPoint(signature.subarray(0, 32))) return false;
    try {
      return verify(null, message, importPublic(PUBLIC_ED25519, publicKey), signature);
    } catch {
      return false;
    }
  },
};
