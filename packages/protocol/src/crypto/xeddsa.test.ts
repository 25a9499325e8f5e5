import { ed25519 } from '@noble/curves/ed25519.js';
import { numberToBytesLE } from '@noble/curves/utils.js';
import { describe, expect, it } from 'vitest';
import { asView, counting, expectCode, flipBit, hex, toHex, wrongLengths } from './bytes.contract.ts';
import { concat, utf8 } from './bytes.ts';
import { ED25519_VECTORS } from './curves.contract.ts';
import { noblePrimitives } from './noble-primitives.ts';
import { xeddsaSign, xeddsaVerify } from './xeddsa.ts';

const message = utf8('a signed prekey');
const { sha512, x25519 } = noblePrimitives;
const { Point } = ed25519;
const PRIME = Point.Fp.ORDER;

/** One secret key with each sign of the Edwards key. */
const [positive, negative] = [0, 0x80].map((sign) => {
  for (let first = 0; ; first++) {
    const secret = counting(32, first);
    if ((xeddsaSign(noblePrimitives, secret, message, counting(64))[63]! & 0x80) === sign) return secret;
  }
}) as [Uint8Array, Uint8Array];

/** RFC 8032's signature in XEdDSA's form: the same key as a Curve25519 key, the sign of A in bit 7. */
function asXeddsa(vector: (typeof ED25519_VECTORS)[number]): { secret: Uint8Array; signature: Uint8Array } {
  const secret = sha512(hex(vector.seed)).subarray(0, 32);
  const signature = hex(vector.signature);
  signature[63]! |= hex(vector.publicKey)[31]! & 0x80;
  return { secret, signature };
}

describe('CRYPTO-14: XEdDSA', () => {
  it.each(ED25519_VECTORS)('RFC 8032, 7.1: $name verifies under the Curve25519 key of the same scalar', (vector) => {
    const { secret, signature } = asXeddsa(vector);
    const curvePublic = x25519.publicKey(secret);
    expect(xeddsaVerify(curvePublic, hex(vector.message), signature)).toBe(true);
    expect(xeddsaVerify(curvePublic, hex(vector.message), flipBit(signature, 511))).toBe(false);
  });

  it.each(ED25519_VECTORS)('what it signs with the scalar of $name is an Ed25519 signature of that key', (vector) => {
    const { secret } = asXeddsa(vector);
    const signature = xeddsaSign(noblePrimitives, secret, message, counting(64));
    expect(signature[63]! & 0x80).toBe(hex(vector.publicKey)[31]! & 0x80);
    signature[63]! &= 0x7f;
    expect(ed25519.verify(signature, message, hex(vector.publicKey), { zip215: false })).toBe(true);
  });

  it('follows section 3: r = hash1(a | M | Z), s = r + ha', () => {
    // The formulas once more, written with whole numbers only.
    const L = Point.Fn.ORDER;
    const number = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`);
    const clamped = Uint8Array.from(negative);
    clamped[0]! &= 248;
    clamped[31] = (clamped[31]! & 127) | 64;
    const a = number(clamped) % L;
    const random = counting(64, 9);
    const prefix = numberToBytesLE(2n ** 256n - 2n, 32);
    const r = number(sha512(concat(prefix, numberToBytesLE(a, 32), message, random))) % L;
    const R = Point.BASE.multiply(r).toBytes();
    const A = Point.BASE.multiply(a).toBytes();
    const h = number(sha512(concat(R, A, message))) % L;
    const S = numberToBytesLE((r + h * a) % L, 32);
    S[31]! |= A[31]! & 0x80;
    expect(xeddsaSign(noblePrimitives, negative, message, random)).toEqual(concat(R, S));
  });

  it('accepts the specification’s own form, where k is negated so that the sign is 0', () => {
    // -k mod L has no clamped 32-byte form, so the signature is made as section 3 has it.
    const L = Point.Fn.ORDER;
    const number = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`);
    const clamped = Uint8Array.from(negative);
    clamped[0]! &= 248;
    clamped[31] = (clamped[31]! & 127) | 64;
    const a = L - (number(clamped) % L);
    const A = Point.BASE.multiply(a).toBytes();
    const R = Point.BASE.multiply(77n).toBytes();
    const h = number(sha512(concat(R, A, message))) % L;
    const signature = concat(R, numberToBytesLE((77n + h * a) % L, 32));
    expect(A[31]! & 0x80).toBe(0);
    expect(xeddsaVerify(x25519.publicKey(negative), message, signature)).toBe(true);
  });

  it.each([
    ['sign 0', positive],
    ['sign 1', negative],
  ])('round trip with %s; every flipped bit is refused', (_, secret) => {
    const curvePublic = x25519.publicKey(secret);
    const signature = xeddsaSign(noblePrimitives, secret, message, counting(64));
    expect(xeddsaVerify(asView(curvePublic), asView(message), asView(signature))).toBe(true);
    for (let bit = 0; bit < 512; bit += 5) {
      expect(xeddsaVerify(curvePublic, message, flipBit(signature, bit))).toBe(false);
    }
    for (const bit of [508, 509, 510, 511]) {
      expect(xeddsaVerify(curvePublic, message, flipBit(signature, bit))).toBe(false);
    }
    for (let bit = 0; bit < 256; bit += 15) {
      expect(xeddsaVerify(flipBit(curvePublic, bit), message, signature)).toBe(false);
    }
    expect(xeddsaVerify(curvePublic, utf8('a signed prekez'), signature)).toBe(false);
  });

  it('other randomness gives another signature, also valid', () => {
    const one = xeddsaSign(noblePrimitives, positive, message, counting(64));
    const other = xeddsaSign(noblePrimitives, positive, message, counting(64, 1));
    expect(one.subarray(0, 32)).not.toEqual(other.subarray(0, 32));
    expect(xeddsaVerify(x25519.publicKey(positive), message, other)).toBe(true);
  });

  it('refuses unreduced public keys, u = -1, and points of small order', () => {
    const signature = xeddsaSign(noblePrimitives, positive, message, counting(64));
    const curvePublic = x25519.publicKey(positive);
    expect(xeddsaVerify(flipBit(curvePublic, 255), message, signature)).toBe(false);
    for (const u of [0n, 1n, PRIME - 1n, PRIME, PRIME + 1n, 2n ** 255n - 1n]) {
      expect(xeddsaVerify(numberToBytesLE(u, 32), message, signature)).toBe(false);
      expect(xeddsaVerify(numberToBytesLE(u, 32), message, new Uint8Array(64))).toBe(false);
    }
    // u = 9 + p is u = 9 unreduced: valid under the one form, refused under the other.
    const nine = new Uint8Array(32);
    nine[0] = 9;
    const R = Point.BASE.multiply(5n).toBytes();
    const number = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`);
    const h = number(sha512(concat(R, Point.BASE.toBytes(), message))) % Point.Fn.ORDER;
    const byBase = concat(R, numberToBytesLE((5n + h) % Point.Fn.ORDER, 32));
    expect(xeddsaVerify(nine, message, byBase)).toBe(true);
    expect(xeddsaVerify(numberToBytesLE(PRIME + 9n, 32), message, byBase)).toBe(false);
  });

  it('CRYPTO-2: signing checks lengths; verifying says false', () => {
    const signature = xeddsaSign(noblePrimitives, positive, message, counting(64));
    const curvePublic = x25519.publicKey(positive);
    for (const wrong of wrongLengths(positive)) {
      expectCode('bad-length', () => xeddsaSign(noblePrimitives, wrong, message, counting(64)));
    }
    for (const wrong of wrongLengths(counting(64))) {
      expectCode('bad-length', () => xeddsaSign(noblePrimitives, positive, message, wrong));
    }
    for (const wrong of wrongLengths(signature)) expect(xeddsaVerify(curvePublic, message, wrong)).toBe(false);
    for (const wrong of wrongLengths(curvePublic)) expect(xeddsaVerify(wrong, message, signature)).toBe(false);
  });
});
