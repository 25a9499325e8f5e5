import { xeddsaSign } from '../crypto/index.ts';
import type { Primitives, Random } from '../crypto/index.ts';
import { encodeCurveKey, encodeKyber } from './key-encoding.ts';

/** A prekey with its secret, as its owner keeps it. */
export interface Prekey {
  readonly id: number;
  /** Curve25519: 32 B. Kyber: the seed, 64 B. */
  readonly secret: Uint8Array;
  /** `0x05 | 32 B` or `0x08 | 1,568 B`. */
  readonly key: Uint8Array;
}

export interface SignedPrekey extends Prekey {
  /** XEdDSA by the device's identity key over `key`, 64 B. */
  readonly signature: Uint8Array;
}

/** A Curve25519 prekey signed by the identity key (PQXDH, section 3.2: SPKB and Sig(IKB, EncodeEC(SPKB), ZSPK)). */
export function createSignedPrekey(
  primitives: Primitives,
  random: Random,
  identitySecret: Uint8Array,
  id: number,
): SignedPrekey {
  return sign(primitives, random, identitySecret, createCurvePrekey(primitives, random, id));
}

/** One-time Curve25519 prekeys with the ids `firstId`, `firstId + 1` … (PQXDH, section 3.2: OPKB). */
export function createOneTimePrekeys(primitives: Primitives, random: Random, firstId: number, count: number): Prekey[] {
  return Array.from({ length: count }, (_, i) => createCurvePrekey(primitives, random, firstId + i));
}

/** A Kyber-1024 prekey, one-time or last-resort (PQXDH, section 3.2: PQPKB and its signature). */
export function createKyberPrekey(
  primitives: Primitives,
  random: Random,
  identitySecret: Uint8Array,
  id: number,
): SignedPrekey {
  const secret = random(64);
  const key = encodeKyber(primitives.mlKem1024.publicKey(secret));
  return sign(primitives, random, identitySecret, { id, secret, key });
}

function createCurvePrekey(primitives: Primitives, random: Random, id: number): Prekey {
  const secret = random(32);
  return { id, secret, key: encodeCurveKey(primitives.x25519.publicKey(secret)) };
}

function sign(primitives: Primitives, random: Random, identitySecret: Uint8Array, prekey: Prekey): SignedPrekey {
  return { ...prekey, signature: xeddsaSign(primitives, identitySecret, prekey.key, random(64)) };
}
