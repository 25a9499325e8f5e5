import { concat } from '../crypto/index.ts';
import { HandshakeError } from './handshake-error.ts';

/** First byte of an encoded Curve25519 public key (PQXDH, section 2.3, EncodeEC). */
const CURVE_TYPE = 0x05;
/** First byte of an encoded Kyber-1024 public key or ciphertext (PQXDH, section 2.3, EncodeKEM). */
const KYBER_TYPE = 0x08;

/** `0x05 | 32 B`. */
export const CURVE_KEY_LENGTH = 33;
/** `0x08 | 1,568 B`, for a public key as for a ciphertext. */
export const KYBER_KEY_LENGTH = 1569;

/** @param publicKey 32 B @returns 33 B */
export const encodeCurveKey = (publicKey: Uint8Array): Uint8Array => concat(Uint8Array.of(CURVE_TYPE), publicKey);

/** @param bytes public key or ciphertext, 1,568 B @returns 1,569 B */
export const encodeKyber = (bytes: Uint8Array): Uint8Array => concat(Uint8Array.of(KYBER_TYPE), bytes);

/**
 * The 32 bytes of an encoded Curve25519 public key, as a view.
 *
 * Only the canonical encoding (u < 2^255 - 19) is taken: X25519 itself ignores the top bit and reduces, so one key
 * would have several names, and a base key names a session.
 *
 * @throws HandshakeError 'bad-key'
 */
export function decodeCurveKey(encoded: Uint8Array): Uint8Array {
  if (!isCurveKey(encoded)) throw new HandshakeError('bad-key', 'not an encoded Curve25519 key');
  return encoded.subarray(1);
}

/** Whether these are 33 bytes naming a Curve25519 point in its only form. */
export function isCurveKey(encoded: Uint8Array): boolean {
  if (encoded.length !== CURVE_KEY_LENGTH || encoded[0] !== CURVE_TYPE) return false;
  // Little-endian: p = 2^255 - 19 is 0xed, then thirty 0xff, then 0x7f.
  if (encoded[32]! !== 0x7f) return encoded[32]! < 0x7f;
  for (let i = 31; i > 1; i--) if (encoded[i] !== 0xff) return true;
  return encoded[1]! < 0xed;
}

/** The 1,568 bytes of an encoded Kyber public key or ciphertext, as a view. @throws HandshakeError 'bad-key' */
export function decodeKyber(encoded: Uint8Array): Uint8Array {
  if (!isKyber(encoded)) throw new HandshakeError('bad-key', 'not an encoded Kyber-1024 key or ciphertext');
  return encoded.subarray(1);
}

export const isKyber = (encoded: Uint8Array): boolean =>
  encoded.length === KYBER_KEY_LENGTH && encoded[0] === KYBER_TYPE;
