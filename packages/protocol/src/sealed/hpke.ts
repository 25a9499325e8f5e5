/**
 * HPKE base mode (RFC 9180) with HKDF-SHA256 and ChaCha20-Poly1305, the KEM's shared secret as input. One message per
 * secret, so only sequence number 0 exists and its nonce is the base nonce (section 5.2).
 */
import { concat, utf8, type Primitives } from '../crypto/index.ts';

/** X-Wing as an HPKE KEM (draft-connolly-cfrg-xwing-kem, section 8). */
export const KEM_X_WING = 0x647a;
const KDF_HKDF_SHA256 = 0x0001;
const AEAD_CHACHA20_POLY1305 = 0x0003;
const MODE_BASE = Uint8Array.of(0x00);
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const VERSION = utf8('HPKE-v1');
const EMPTY = new Uint8Array(0);

const be16 = (value: number): Uint8Array => Uint8Array.of(value >>> 8, value & 0xff);

/** Section 5.1: "HPKE" | kem_id | kdf_id | aead_id. */
function suiteId(kemId: number): Uint8Array {
  return concat(utf8('HPKE'), be16(kemId), be16(KDF_HKDF_SHA256), be16(AEAD_CHACHA20_POLY1305));
}

/** Section 4: HKDF-Extract is HMAC(salt, input). */
function labeledExtract(
  primitives: Primitives,
  suite: Uint8Array,
  salt: Uint8Array,
  label: string,
  secret: Uint8Array,
): Uint8Array {
  return primitives.hmacSha256(salt, concat(VERSION, suite, utf8(label), secret));
}

/** Section 4, for at most 32 bytes: the first block of HKDF-Expand is HMAC(prk, info | 0x01). */
function labeledExpand(
  primitives: Primitives,
  suite: Uint8Array,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Uint8Array {
  const labeledInfo = concat(be16(length), VERSION, suite, utf8(label), info);
  return primitives.hmacSha256(prk, concat(labeledInfo, Uint8Array.of(1))).subarray(0, length);
}

export interface HpkeContext {
  readonly key: Uint8Array;
  readonly baseNonce: Uint8Array;
  readonly exporterSecret: Uint8Array;
}

/** Section 5.1, KeySchedule for mode_base: no pre-shared key. */
export function keySchedule(
  primitives: Primitives,
  kemId: number,
  sharedSecret: Uint8Array,
  info: Uint8Array,
): HpkeContext {
  const suite = suiteId(kemId);
  const pskIdHash = labeledExtract(primitives, suite, EMPTY, 'psk_id_hash', EMPTY);
  const infoHash = labeledExtract(primitives, suite, EMPTY, 'info_hash', info);
  const context = concat(MODE_BASE, pskIdHash, infoHash);
  const secret = labeledExtract(primitives, suite, sharedSecret, 'secret', EMPTY);
  const expanded = {
    key: labeledExpand(primitives, suite, secret, 'key', context, KEY_BYTES),
    baseNonce: labeledExpand(primitives, suite, secret, 'base_nonce', context, NONCE_BYTES),
    exporterSecret: labeledExpand(primitives, suite, secret, 'exp', context, 32),
  };
  secret.fill(0);
  return expanded;
}
