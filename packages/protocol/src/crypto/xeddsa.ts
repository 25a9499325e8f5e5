import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToNumberLE, numberToBytesLE } from '@noble/curves/utils.js';
import { concat } from './bytes.ts';
import { expectLength } from './expect-length.ts';
import type { Primitives, Signatures } from './primitives.ts';
import { nobleEd25519 } from './signatures.ts';

/*
 * XEdDSA signatures with Curve25519 keys ("The XEdDSA and VXEdDSA Signature Schemes", revision 1, sections 2.3 and 3),
 * in the form that travels in Signal's protocol: the signer keeps the Edwards key A = kB as it is, whatever its sign,
 * and that sign travels in bit 7 of the last signature byte, which S < L leaves free. The specification instead
 * negates k so that the sign is always 0; such signatures are the case "bit 7 is 0" and verify too.
 */

const { Point } = ed25519;
const Scalar = Point.Fn;
const Field = Point.Fp;
const SIGN_BIT = 0x80;

/** hash1 of section 2.5 starts with 2^256 - 1 - 1, little-endian: no encoded point or scalar does. */
const HASH1_PREFIX = new Uint8Array(32).fill(0xff);
HASH1_PREFIX[0] = 0xfe;

/**
 * @param curveSecret X25519 secret key, 32 B.
 * @param random 64 B, fresh for each signature (Z in the specification).
 * @returns the signature, 64 B.
 * @throws CryptoError('bad-length')
 */
export function xeddsaSign(
  primitives: Pick<Primitives, 'sha512'>,
  curveSecret: Uint8Array,
  message: Uint8Array,
  random: Uint8Array,
): Uint8Array {
  expectLength('X25519 secret key', curveSecret, 32);
  expectLength('XEdDSA randomness', random, 64);
  const secret = Scalar.create(bytesToNumberLE(clamp(curveSecret)));
  const edwardsKey = Point.BASE.multiply(secret).toBytes();
  const secretBytes = numberToBytesLE(secret, 32);
  const hash = (...parts: readonly Uint8Array[]): bigint =>
    Scalar.create(bytesToNumberLE(primitives.sha512(concat(...parts))));

  const nonce = hash(HASH1_PREFIX, secretBytes, message, random);
  const commitment = Point.BASE.multiply(nonce).toBytes();
  const challenge = hash(commitment, edwardsKey, message);
  const response = numberToBytesLE(Scalar.create(nonce + challenge * secret), 32);
  secretBytes.fill(0);

  const signature = concat(commitment, response);
  signature[63] = (signature[63] ?? 0) | ((edwardsKey[31] ?? 0) & SIGN_BIT);
  return signature;
}

/**
 * Strict as Ed25519 is (CRYPTO-3), and the public key must be a canonical u coordinate.
 *
 * @param curvePublic X25519 public key, 32 B (without the type byte 0x05).
 * @param backend verifies the Ed25519 signature that remains; a native one is some twenty times faster.
 * @returns false for whatever is not a valid signature; never throws.
 */
export function xeddsaVerify(
  curvePublic: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  backend: { readonly ed25519: Signatures } = { ed25519: nobleEd25519 },
): boolean {
  if (curvePublic.length !== 32 || signature.length !== 64) return false;
  const u = bytesToNumberLE(curvePublic);
  const denominator = Field.add(u, Field.ONE);
  if (u >= Field.ORDER || Field.is0(denominator)) return false;
  // The birational map of RFC 7748, section 4.1: y = (u - 1) / (u + 1).
  const edwardsKey = numberToBytesLE(Field.div(Field.sub(u, Field.ONE), denominator), 32);
  edwardsKey[31] = (edwardsKey[31] ?? 0) | ((signature[63] ?? 0) & SIGN_BIT);
  const plain = Uint8Array.from(signature);
  plain[63] = (plain[63] ?? 0) & ~SIGN_BIT;
  return backend.ed25519.verify(edwardsKey, message, plain);
}

/** RFC 7748, section 5: what X25519 itself makes of 32 secret bytes. */
function clamp(curveSecret: Uint8Array): Uint8Array {
  const scalar = Uint8Array.from(curveSecret);
  scalar[0] = (scalar[0] ?? 0) & 248;
  scalar[31] = ((scalar[31] ?? 0) & 127) | 64;
  return scalar;
}
