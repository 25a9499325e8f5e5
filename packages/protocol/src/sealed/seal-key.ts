import { create, SealKeySchema, type SealKey } from '../wire/index.ts';
import type { Primitives, Random } from '../crypto/index.ts';
import { sealKeyBytes } from '../identity/index.ts';
import { X_WING_SEED_BYTES, xWingPublicKey } from './x-wing.ts';

/** A device's sealing key with its secret, and as it is published. */
export interface SealKeyPair {
  readonly id: number;
  /** X-Wing seed, 32 B, secret: kept until the longest expiry of what was sealed to it. */
  readonly seed: Uint8Array;
  /** 1,216 B. */
  readonly publicKey: Uint8Array;
  /** ms since 1970: nobody seals to it after this. */
  readonly until: number;
  /** Signed by the device, for the key bundle. */
  readonly published: SealKey;
}

/** Whose key it is and how long others use it. */
export interface SealKeyOwner {
  /** 32 B. */
  readonly account: Uint8Array;
  readonly device: number;
  /** Device signing key, Ed25519 seed. */
  readonly signingSeed: Uint8Array;
  /** 1 or more; not used before by this device. */
  readonly id: number;
  /** ms since 1970 */
  readonly until: number;
}

/** Makes a sealing key and signs it with the device's signing key (ID-13, SEAL-5). */
export function createSealKey(primitives: Primitives, random: Random, owner: SealKeyOwner): SealKeyPair {
  const { id, until } = owner;
  const seed = random(X_WING_SEED_BYTES);
  const publicKey = xWingPublicKey(primitives, seed);
  const signature = primitives.ed25519.sign(owner.signingSeed, sealKeyBytes(owner, { id, until, key: publicKey }));
  const published = create(SealKeySchema, { id, key: publicKey, until: BigInt(until), signature });
  return { id, seed, publicKey, until, published };
}
