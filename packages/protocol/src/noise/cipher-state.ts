import type { Aead, Primitives } from '../crypto/index.ts';
import { NoiseError } from './noise-error.ts';
import type { NoiseCipher } from './suite.ts';

/** Lengths in bytes (Noise specification, sections 3 and 4). */
export const KEY = 32;
export const TAG = 16;
export const MAX_MESSAGE = 65_535;

const EMPTY = new Uint8Array(0);
const ZEROS = new Uint8Array(32);
/** The one nonce buffer: every call is synchronous, and writes all of it. A buffer per key would cost memory per link. */
const NONCE = new Uint8Array(12);
/** n = 2^64-1 in either byte order: only REKEY uses it (section 4.2). */
const REKEY_NONCE = Uint8Array.of(0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255);

export const aeadOf = (primitives: Primitives, cipher: NoiseCipher): Aead =>
  cipher === 'AESGCM' ? primitives.aesGcm : primitives.chaChaPoly;

/** One key and its nonce counter (Noise specification, section 5.1). Always has a key. */
export class CipherState {
  readonly #aead: Aead;
  readonly #littleEndian: boolean;
  readonly #key: Uint8Array;
  // The counter n in two halves: bit operations take 32 bits.
  #low: number;
  #high: number;

  /**
   * @param key 32 B, kept and wiped by this object
   * @param counter where n starts: 0 outside tests
   */
  constructor(aead: Aead, cipher: NoiseCipher, key: Uint8Array, counter = 0) {
    this.#low = counter >>> 0;
    this.#high = Math.floor(counter / 2 ** 32);
    this.#aead = aead;
    // Section 12: ChaChaPoly nonces are 32 zero bits and n little-endian, AESGCM nonces the same big-endian.
    this.#littleEndian = cipher === 'ChaChaPoly';
    this.#key = key;
  }

  /** EncryptWithAd. @param out as in Aead.seal */
  encrypt(ad: Uint8Array, plaintext: Uint8Array, out?: Uint8Array): Uint8Array {
    this.#prepareNonce();
    const sealed = this.#aead.seal(this.#key, NONCE, ad, plaintext, out);
    this.#advance();
    return sealed;
  }

  /** DecryptWithAd: a failure leaves the counter where it was. @param out as in Aead.open @returns null when not authentic */
  decrypt(ad: Uint8Array, ciphertext: Uint8Array, out?: Uint8Array): Uint8Array | null {
    this.#prepareNonce();
    const plaintext = this.#aead.open(this.#key, NONCE, ad, ciphertext, out);
    if (plaintext !== null) this.#advance();
    return plaintext;
  }

  /** Rekey (sections 4.2 and 11.3): the counter goes on. */
  rekey(): void {
    const next = this.#aead.seal(this.#key, REKEY_NONCE, EMPTY, ZEROS);
    this.#key.set(next.subarray(0, 32));
    next.fill(0);
  }

  wipe(): void {
    this.#key.fill(0);
  }

  #prepareNonce(): void {
    // 2^53 messages are far beyond any link; the specification's own end is 2^64-1.
    if (this.#high >= 0x20_0000) throw new NoiseError('exhausted', 'no nonces left');
    const low = this.#low;
    const high = this.#high;
    // Bytes 0 to 3 are always zero.
    if (this.#littleEndian) {
      NONCE[4] = low;
      NONCE[5] = low >>> 8;
      NONCE[6] = low >>> 16;
      NONCE[7] = low >>> 24;
      NONCE[8] = high;
      NONCE[9] = high >>> 8;
      NONCE[10] = high >>> 16;
      NONCE[11] = 0;
    } else {
      NONCE[4] = 0;
      NONCE[5] = high >>> 16;
      NONCE[6] = high >>> 8;
      NONCE[7] = high;
      NONCE[8] = low >>> 24;
      NONCE[9] = low >>> 16;
      NONCE[10] = low >>> 8;
      NONCE[11] = low;
    }
  }

  #advance(): void {
    this.#low = (this.#low + 1) >>> 0;
    if (this.#low === 0) this.#high++;
  }
}
