import { createRequire } from 'node:module';

/**
 * The few functions of `sodium-native` in use. The addon asserts lengths in C, where a wrong one ends the process,
 * so callers check every length first. Inputs and outputs are plain `Uint8Array`s, views included.
 */
export interface Sodium {
  crypto_aead_chacha20poly1305_ietf_encrypt: SodiumSeal;
  crypto_aead_chacha20poly1305_ietf_decrypt: SodiumOpen;
  crypto_aead_xchacha20poly1305_ietf_encrypt: SodiumSeal;
  crypto_aead_xchacha20poly1305_ietf_decrypt: SodiumOpen;
  crypto_hash_sha256(out: Uint8Array, data: Uint8Array): void;
  /** @throws when the product is zero */
  crypto_scalarmult(out: Uint8Array, secretKey: Uint8Array, publicKey: Uint8Array): void;
  crypto_scalarmult_base(out: Uint8Array, secretKey: Uint8Array): void;
  /** `secretKey` is seed 32 B | public key 32 B. */
  crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
  crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
  crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
  crypto_pwhash(
    out: Uint8Array,
    password: Uint8Array,
    salt: Uint8Array,
    passes: number,
    memoryBytes: number,
    algorithm: number,
  ): void;
  crypto_pwhash_ALG_ARGON2ID13: number;
  randombytes_buf(out: Uint8Array): void;
}

type SodiumSeal = (
  out: Uint8Array,
  plaintext: Uint8Array,
  ad: Uint8Array | null,
  unused: null,
  nonce: Uint8Array,
  key: Uint8Array,
) => number;

/** @throws when the tag does not match */
type SodiumOpen = (
  out: Uint8Array,
  unused: null,
  ciphertext: Uint8Array,
  ad: Uint8Array | null,
  nonce: Uint8Array,
  key: Uint8Array,
) => number;

const require = createRequire(import.meta.url);

/** Null where the addon has no prebuilt binary for the platform. */
export function loadSodium(): Sodium | null {
  try {
    return require('sodium-native') as Sodium;
  } catch {
    return null;
  }
}
