/**
 * HPKE base mode (RFC 9180) with HKDF-SHA256 and ChaCha20-Poly1305, the KEM's shared secret as input. One message per
 * secret, so only sequence number 0 exists and its nonce is the base nonce (section 5.2); nothing is exported.
 */
import { concat, utf8, type Primitives } from '../crypto/index.ts';

/** X-Wing as an HPKE KEM (draft-connolly-cfrg-xwing-kem-08, section 5.6). */
export const KEM_X_WING = 0x647a;
const KDF_HKDF_SHA256 = 0x0001;
const AEAD_CHACHA20_POLY1305 = 0x0003;
const MODE_BASE = 0x00;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const EMPTY = new Uint8Array(0);
/** Counter of HKDF-Expand's first block; no output here is longer than that block. */
const FIRST_BLOCK = Uint8Array.of(0x01);

const be16 = (value: number): Uint8Array => Uint8Array.of(value >>> 8, value & 0xff);

/** What section 4 puts before every input, for one suite, and what does not depend on the message. */
interface Suite {
  readonly infoHashPrefix: Uint8Array;
  readonly secretInput: Uint8Array;
  /** be16(length) | "HPKE-v1" | suite_id | label | mode | psk_id_hash: begin of the expanded info. */
  readonly keyPrefix: Uint8Array;
  readonly noncePrefix: Uint8Array;
}

const suites = new Map<number, Suite>();

function suiteOf(primitives: Primitives, kemId: number): Suite {
  const known = suites.get(kemId);
  if (known !== undefined) return known;
  // Section 5.1: suite_id = "HPKE" | kem_id | kdf_id | aead_id.
  const id = concat(utf8('HPKE'), be16(kemId), be16(KDF_HKDF_SHA256), be16(AEAD_CHACHA20_POLY1305));
  const labeled = (label: string): Uint8Array => concat(utf8('HPKE-v1'), id, utf8(label));
  const pskIdHash = primitives.hmacSha256(EMPTY, labeled('psk_id_hash'));
  const expandPrefix = (label: string, length: number): Uint8Array =>
    concat(be16(length), labeled(label), Uint8Array.of(MODE_BASE), pskIdHash);
  const suite: Suite = {
    infoHashPrefix: labeled('info_hash'),
    secretInput: labeled('secret'),
    keyPrefix: expandPrefix('key', KEY_BYTES),
    noncePrefix: expandPrefix('base_nonce', NONCE_BYTES),
  };
  suites.set(kemId, suite);
  return suite;
}

export interface HpkeContext {
  /** 32 B, secret. */
  readonly key: Uint8Array;
  /** 12 B. */
  readonly baseNonce: Uint8Array;
}

/**
 * Section 5.1, KeySchedule for mode_base: no pre-shared key. LabeledExtract is HMAC(salt, labeled input);
 * LabeledExpand of at most 32 bytes is HMAC(prk, labeled info | 0x01), cut (RFC 5869, sections 2.2 and 2.3).
 */
export function keySchedule(
  primitives: Primitives,
  kemId: number,
  sharedSecret: Uint8Array,
  info: Uint8Array,
): HpkeContext {
  const suite = suiteOf(primitives, kemId);
  const infoHash = primitives.hmacSha256(EMPTY, concat(suite.infoHashPrefix, info));
  const secret = primitives.hmacSha256(sharedSecret, suite.secretInput);
  const key = primitives.hmacSha256(secret, concat(suite.keyPrefix, infoHash, FIRST_BLOCK));
  const nonce = primitives.hmacSha256(secret, concat(suite.noncePrefix, infoHash, FIRST_BLOCK));
  secret.fill(0);
  return { key, baseNonce: nonce.subarray(0, NONCE_BYTES) };
}
