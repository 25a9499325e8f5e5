/**
 * The X-Wing hybrid KEM: ML-KEM-768 and X25519 (draft-connolly-cfrg-xwing-kem-08, section 5). The secret holds as long
 * as one of the two does.
 */
import { concat, CryptoError, type Primitives, type Random } from '../crypto/index.ts';

export const X_WING_PUBLIC_KEY_BYTES = 1216;
export const X_WING_CIPHERTEXT_BYTES = 1120;
export const X_WING_SEED_BYTES = 32;

const ML_KEM_PUBLIC_KEY_BYTES = 1184;
const ML_KEM_CIPHERTEXT_BYTES = 1088;
const ML_KEM_SEED_BYTES = 64;

/** Section 5.3: the six ASCII bytes `\.//^\`. */
const LABEL = Uint8Array.of(0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c);

interface ExpandedSeed {
  readonly seed: Uint8Array;
  /** d | z, 64 B. */
  readonly mlKemSeed: Uint8Array;
  readonly curveSecret: Uint8Array;
}

// Section 5.5.1 allows it: opening many envelopes with one key expands it once, and native backends, which remember
// what they derive from an array, derive the ML-KEM key once (a third of the time). Lives as long as the caller's seed.
const expandedSeeds = new WeakMap<Uint8Array, ExpandedSeed>();

/** Section 5.2, expandDecapsulationKey: SHAKE-256(seed, 96) = ML-KEM seed (d | z) | X25519 secret. */
function expandSeed(primitives: Primitives, seed: Uint8Array): ExpandedSeed {
  const known = expandedSeeds.get(seed);
  if (known !== undefined && primitives.equal(known.seed, seed)) return known;
  if (seed.length !== X_WING_SEED_BYTES) throw new CryptoError('bad-length', 'An X-Wing seed must be 32 bytes.');
  const bytes = primitives.shake256(seed, ML_KEM_SEED_BYTES + 32);
  const expanded = {
    seed: seed.slice(),
    mlKemSeed: bytes.slice(0, ML_KEM_SEED_BYTES),
    curveSecret: bytes.slice(ML_KEM_SEED_BYTES),
  };
  bytes.fill(0);
  expandedSeeds.set(seed, expanded);
  return expanded;
}

/** Public key of a 32-byte seed: ML-KEM-768 key 1,184 B | X25519 key 32 B. */
export function xWingPublicKey(primitives: Primitives, seed: Uint8Array): Uint8Array {
  const { mlKemSeed, curveSecret } = expandSeed(primitives, seed);
  return concat(primitives.mlKem768.publicKey(mlKemSeed), primitives.x25519.publicKey(curveSecret));
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
  const curveCiphertext = ciphertext.subarray(ML_KEM_CIPHERTEXT_BYTES);
  const mlKemSecret = primitives.mlKem768.decapsulate(mlKemSeed, ciphertext.subarray(0, ML_KEM_CIPHERTEXT_BYTES));
  const curveShared = primitives.x25519.sharedSecret(curveSecret, curveCiphertext);
  const curvePublicKey = key.publicKey.subarray(ML_KEM_PUBLIC_KEY_BYTES);
  return combine(primitives, mlKemSecret, curveShared, curveCiphertext, curvePublicKey);
}
