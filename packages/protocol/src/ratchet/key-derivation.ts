import { utf8 } from '../crypto/index.ts';
import type { Primitives } from '../crypto/index.ts';

// The functions of Double Ratchet, section 5.2, with Signal's constants.

const ROOT_INFO = utf8('WhisperRatchet');
const MESSAGE_INFO = utf8('WhisperMessageKeys');
const SEED_CONSTANT = Uint8Array.of(0x01);
const CHAIN_CONSTANT = Uint8Array.of(0x02);
const ZEROS = new Uint8Array(32);

/** KDF_RK(rk, dh): root | chain = HKDF(salt rk, dh, "WhisperRatchet", 64). Wipes `dhOutput`. */
export function stepRoot(
  primitives: Primitives,
  rootKey: Uint8Array,
  dhOutput: Uint8Array,
): { rootKey: Uint8Array; chainKey: Uint8Array } {
  const derived = primitives.hkdf(rootKey, dhOutput, ROOT_INFO, 64);
  dhOutput.fill(0);
  return { rootKey: derived.subarray(0, 32), chainKey: derived.subarray(32, 64) };
}

/** KDF_CK(ck), first output: seed = HMAC(ck, 0x01), from which the keys of one message come. */
export const messageSeed = (primitives: Primitives, chainKey: Uint8Array): Uint8Array =>
  primitives.hmacSha256(chainKey, SEED_CONSTANT);

/** KDF_CK(ck), second output: next chain key = HMAC(ck, 0x02). */
export const nextChainKey = (primitives: Primitives, chainKey: Uint8Array): Uint8Array =>
  primitives.hmacSha256(chainKey, CHAIN_CONSTANT);

/** Views of one 80-byte buffer, which the user wipes. */
export interface MessageKeys {
  readonly buffer: Uint8Array;
  readonly cipherKey: Uint8Array;
  readonly macKey: Uint8Array;
  readonly iv: Uint8Array;
}

/**
 * The keys of one message: AES key 32 | MAC key 32 | IV 16 = HKDF(salt, seed, "WhisperMessageKeys", 80)
 * (Double Ratchet, section 5.2, ENCRYPT; section 7.2 for the post-quantum key as the salt).
 *
 * @param postQuantumKey what the post-quantum ratchet gives for this message; null: zeros
 */
export function messageKeys(primitives: Primitives, seed: Uint8Array, postQuantumKey: Uint8Array | null): MessageKeys {
  const buffer = primitives.hkdf(postQuantumKey ?? ZEROS, seed, MESSAGE_INFO, 80);
  return {
    buffer,
    cipherKey: buffer.subarray(0, 32),
    macKey: buffer.subarray(32, 64),
    iv: buffer.subarray(64, 80),
  };
}
