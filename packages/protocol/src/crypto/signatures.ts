import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concat } from './bytes.ts';
import { expectLength } from './expect-length.ts';
import type { Signatures } from './primitives.ts';

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;

/**
 * Ed25519 (RFC 8032, section 5.1.7) in its strictest reading, the one libsodium has and ed25519-dalek calls
 * `verify_strict`: S < L, A and R canonically encoded and not of small order, and [S]B = R + [k]A without the
 * cofactor. noble's own `verify` multiplies by the cofactor, so two backends would disagree about hostile input.
 */
function verifyStrict(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const commitment = signature.subarray(0, 32);
  const response = bytesToNumberLE(signature.subarray(32));
  if (response >= ORDER) return false;
  try {
    const key = Point.fromBytes(publicKey);
    const nonce = Point.fromBytes(commitment);
    if (key.isSmallOrder() || nonce.isSmallOrder()) return false;
    const challenge = Point.Fn.create(bytesToNumberLE(sha512(concat(commitment, publicKey, message))));
    return Point.BASE.multiplyUnsafe(response).equals(nonce.add(key.multiplyUnsafe(challenge)));
  } catch {
    return false; // not the canonical encoding of a point
  }
}

export const nobleEd25519: Signatures = {
  publicKey(seed) {
    expectLength('Ed25519 seed', seed, 32);
    return ed25519.getPublicKey(seed);
  },
  sign(seed, message) {
    expectLength('Ed25519 seed', seed, 32);
    return ed25519.sign(message, seed);
  },
  verify: verifyStrict,
};
