/**
 * The cryptographic primitives everything else is made of. Synchronous on purpose: derive, decrypt and
 * commit stay atomic. Every backend gives the same bytes for the same input, and rejects the same input.
 *
 * Inputs are never modified (but see `out` of Aead.open). Results are plain Uint8Arrays that own their memory.
 * Wrong key or nonce lengths throw CryptoError('bad-length'). The rules have numbers in docs/protocol/crypto.md.
 */
export interface Primitives {
  /** Which backend this is, for `doctor` and the benchmark. */
  readonly name: string;
  readonly x25519: KeyAgreement;
  readonly ed25519: Signatures;
  /** AES-256-GCM: key 32 B, nonce 12 B, tag 16 B appended. */
  readonly aesGcm: Aead;
  /** ChaCha20-Poly1305 (RFC 8439): key 32 B, nonce 12 B, tag 16 B appended. */
  readonly chaChaPoly: Aead;
  /** XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha): key 32 B, nonce 24 B, tag 16 B appended. */
  readonly xChaChaPoly: Aead;
  /** AES-256-CBC with PKCS#7 padding: key 32 B, IV 16 B. Unauthenticated: the caller checks a MAC first. */
  readonly aesCbc: BlockCipher;
  /** ML-KEM (FIPS 203). */
  readonly mlKem768: Kem;
  readonly mlKem1024: Kem;
  readonly sha256: (data: Uint8Array) => Uint8Array;
  readonly sha512: (data: Uint8Array) => Uint8Array;
  readonly hmacSha256: (key: Uint8Array, data: Uint8Array) => Uint8Array;
  /** HKDF-SHA256 (RFC 5869), extract and expand. */
  readonly hkdf: (salt: Uint8Array, secret: Uint8Array, info: Uint8Array, length: number) => Uint8Array;
  readonly sha3_256: (data: Uint8Array) => Uint8Array;
  readonly shake256: (data: Uint8Array, length: number) => Uint8Array;
  /** Argon2id (RFC 9106), one lane. */
  readonly argon2id: (
    password: Uint8Array,
    salt: Uint8Array,
    cost: { memoryKiB: number; passes: number },
    length: number,
  ) => Uint8Array;
  /** Constant-time comparison; false when the lengths differ. */
  readonly equal: (a: Uint8Array, b: Uint8Array) => boolean;
}

/** X25519 (RFC 7748); keys are 32 B. */
export interface KeyAgreement {
  readonly publicKey: (secretKey: Uint8Array) => Uint8Array;
  /** @throws CryptoError('bad-point') when the result is all zero (small-order point). */
  readonly sharedSecret: (secretKey: Uint8Array, publicKey: Uint8Array) => Uint8Array;
}

/** Ed25519 (RFC 8032); seed 32 B, public key 32 B, signature 64 B. */
export interface Signatures {
  readonly publicKey: (seed: Uint8Array) => Uint8Array;
  readonly sign: (seed: Uint8Array, message: Uint8Array) => Uint8Array;
  /** Strict: false for S >= L, non-canonical or small-order points, wrong lengths. No cofactor. Never throws. */
  readonly verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
}

export interface Aead {
  /**
   * @param out where to put the ciphertext and tag: exactly plaintext.length + 16 bytes, not overlapping the plaintext.
   * @returns `out`, or a new array.
   */
  readonly seal: (
    key: Uint8Array,
    nonce: Uint8Array,
    ad: Uint8Array,
    plaintext: Uint8Array,
    out?: Uint8Array,
  ) => Uint8Array;
  /**
   * @param out where to put the plaintext: exactly ciphertext.length - 16 bytes. It may be the beginning of the
   * ciphertext itself (in place, nothing allocated). What it holds after a failure is undefined, never plaintext.
   * @returns `out`, or a new array; null when the tag does not match or the input is shorter than a tag.
   */
  readonly open: (
    key: Uint8Array,
    nonce: Uint8Array,
    ad: Uint8Array,
    ciphertext: Uint8Array,
    out?: Uint8Array,
  ) => Uint8Array | null;
}

export interface BlockCipher {
  readonly encrypt: (key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array) => Uint8Array;
  /** @returns null when the padding or the length is wrong. */
  readonly decrypt: (key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array) => Uint8Array | null;
}

/** ML-KEM: seed 64 B (d | z), encodings as in FIPS 203. Secret keys are kept as their seed. */
export interface Kem {
  readonly publicKey: (seed: Uint8Array) => Uint8Array;
  /**
   * @param random source of the 32 bytes `m`; a native backend may use the system's own instead.
   * @throws CryptoError('bad-key') when the public key fails the FIPS 203 checks (length, modulus).
   */
  readonly encapsulate: (publicKey: Uint8Array, random: Random) => { ciphertext: Uint8Array; sharedSecret: Uint8Array };
  /**
   * Implicit rejection: a wrong ciphertext of the right length gives an unrelated secret. A native backend keeps what
   * it derives from a seed while the caller keeps the seed's array, so opening many with one array is faster.
   *
   * @throws CryptoError('bad-length')
   */
  readonly decapsulate: (seed: Uint8Array, ciphertext: Uint8Array) => Uint8Array;
}

/** `length` unpredictable bytes. Handed in by platform code; seeded in tests. */
export type Random = (length: number) => Uint8Array;

export type CryptoErrorCode = 'bad-length' | 'bad-point' | 'bad-key' | 'bad-cost';

export class CryptoError extends Error {
  readonly code: CryptoErrorCode;
  constructor(code: CryptoErrorCode, message: string) {
    super(message);
    this.name = 'CryptoError';
    this.code = code;
  }
}
