/**
 * The X-Wing hybrid KEM: ML-KEM-768 and X25519 (draft-connolly-cfrg-xwing-kem-08, section 5). The secret holds as long
 * as one of the two does.
 */
import { concat, type Primitives, type Random } from '../crypto/index.ts';

export const X_WING_PUBLIC_KEY_BYTES = 1216;
export const X_WING_CIPHERTEXT_BYTES = 1120;
export const X_WING_SEED_BYTES = 32;

const ML_KEM_PUBLIC_KEY_BYTES = 1184;
const ML_KEM_CIPHERTEXT_BYTES = 1088;
const ML_KEM_SEED_BYTES = 64;

/** Section 5.3: the six ASCII bytes `\.//^\`. */
const LABEL = Uint8Array.of(0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c);

/** Section 5.2, expandDecapsulationKey: SHAKE-256(seed, 96) = ML-KEM seed (d | z) | X25519 secret. */
function expandSeed(primitives: Primitives, seed: Uint8Array): { mlKemSeed: Uint8Array; curveSecret: Uint8Array } {
  const expanded = primitives.shake256(seed, ML_KEM_SEED_BYTES + 32);
  return { mlKemSeed: expanded.subarray(0, ML_KEM_SEED_BYTES), curveSecret: expanded.subarray(ML_KEM_SEED_BYTES) };
}

/** Public key of a 32-byte seed: ML-KEM-768 key 1,184 B | X25519 key 32 B. */
export function xWingPublicKey(primitives: Primitives, seed: Uint8Array): Uint8Array {
  const { mlKemSeed, curveSecret } = expandSeed(primitives, seed);
  const publicKey = concat(primitives.mlKem768.publicKey(mlKemSeed), primitives.x25519.publicKey(curveSecret));
  mlKemSeed.fill(0);
  curveSecret.fill(0);
  return publicKey;
}

/** Section 5.3, Combiner: SHA3-256(ssM | ssX | ctX | pkX | label). */
function combine(
  primitives: Primitives,
  mlKemSecret: Uint8Array,
  curveShared: Uint8Array,
  curveCiphertext: Uint8Array,
  curvePublicKey: Uint8Array,
): Uint8Array {
  const input = concat(mlKemSecret, curveShared, curveCiphertext, curvePublicKey, LABEL);
  const secret = primitives.sha3_256(input);
  input.fill(0);
  mlKemSecret.fill(0);
  curveShared.fill(0);
  return secret;
}

/**
 * Section 5.4. Takes 32 bytes for ML-KEM from `random` first (unless the backend draws its own), then 32 for X25519.
 * @throws CryptoError('bad-length' | 'bad-key' | 'bad-point') on a public key that is none
 */
export function xWingEncapsulate(
  primitives: Primitives,
  random: Random,
  publicKey: Uint8Array,
): { ciphertext: Uint8Array; sharedSecret: Uint8Array } {
  const curvePublicKey = publicKey.subarray(ML_KEM_PUBLIC_KEY_BYTES);
  const mlKem = primitives.mlKem768.encapsulate(publicKey.subarray(0, ML_KEM_PUBLIC_KEY_BYTES), random);
  const ephemeralSecret = random(32);
  const curveCiphertext = primitives.x25519.publicKey(ephemeralSecret);
  const curveShared = primitives.x25519.sharedSecret(ephemeralSecret, curvePublicKey);
  ephemeralSecret.fill(0);
  return {
    ciphertext: concat(mlKem.ciphertext, curveCiphertext),
    sharedSecret: combine(primitives, mlKem.sharedSecret, curveShared, curveCiphertext, curvePublicKey),
  };
}

/**
 * Section 5.5. A small-order X25519 part is refused instead of giving a secret that only ML-KEM protects.
 * @param key seed 32 B and the public key that belongs to it, 1,216 B
 * @throws CryptoError('bad-length' | 'bad-point')
 */
export function xWingDecapsulate(
  primitives: Primitives,
  key: { readonly seed: Uint8Array; readonly publicKey: Uint8Array },
  ciphertext: Uint8Array,
): Uint8Array {
  const { mlKemSeed, curveSecret } = expandSeed(primitives, key.seed);
  try {
    const curveCiphertext = ciphertext.subarray(ML_KEM_CIPHERTEXT_BYTES);
    const mlKemSecret = primitives.mlKem768.decapsulate(mlKemSeed, ciphertext.subarray(0, ML_KEM_CIPHERTEXT_BYTES));
    const curveShared = primitives.x25519.sharedSecret(curveSecret, curveCiphertext);
    const curvePublicKey = key.publicKey.subarray(ML_KEM_PUBLIC_KEY_BYTES);
    return combine(primitives, mlKemSecret, curveShared, curveCiphertext, curvePublicKey);
  } finally {
    mlKemSeed.fill(0);
    curveSecret.fill(0);
  }
}
