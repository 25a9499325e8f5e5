import { MAX_MESSAGE, TAG, type CipherState } from './cipher-state.ts';
import { NoiseError } from './noise-error.ts';

/** Messages in one direction under one key (NOISE-5). Counted, not timed: both sides agree without clocks. */
export const REKEY_INTERVAL = 2 ** 20;
const NO_AD = new Uint8Array(0);

/** The two directions of a finished handshake (Noise specification, section 5.3, Split). */
export class NoiseTransport {
  readonly #sending: CipherState;
  readonly #receiving: CipherState;
  readonly #rekeyInterval: number;
  #sent = 0;
  #received = 0;

  /** @param rekeyInterval REKEY_INTERVAL outside tests */
  constructor(sending: CipherState, receiving: CipherState, rekeyInterval: number) {
    this.#sending = sending;
    this.#receiving = receiving;
    this.#rekeyInterval = rekeyInterval;
  }

  /**
   * @param plaintext at most 65,519 B
   * @param out where the message goes: exactly plaintext.length + 16 bytes, not overlapping the plaintext
   * @returns the message: `out`, or a new array
   * @throws NoiseError 'too-large' | 'exhausted'
   */
  seal(plaintext: Uint8Array, out?: Uint8Array): Uint8Array {
    const length = plaintext.length + TAG;
    if (length > MAX_MESSAGE) throw new NoiseError('too-large', 'message above 65535 bytes');
    const message = this.#sending.encrypt(NO_AD, plaintext, out ?? new Uint8Array(length));
    if (++this.#sent === this.#rekeyInterval) {
      this.#sending.rekey();
      this.#sent = 0;
    }
    return message;
  }

  /**
   * Messages open only in the order they were sealed. A failure changes nothing here; what is in `out` is no plaintext.
   *
   * @param out where the plaintext goes: exactly message.length - 16 bytes; it may be the beginning of `message`
   * @returns the plaintext: `out`, or a new array
   * @throws NoiseError 'decrypt' | 'too-short' | 'too-large' | 'exhausted'
   */
  open(message: Uint8Array, out?: Uint8Array): Uint8Array {
    if (message.length < TAG) throw new NoiseError('too-short', 'message shorter than its tag');
    if (message.length > MAX_MESSAGE) throw new NoiseError('too-large', 'message above 65535 bytes');
    const plaintext = this.#receiving.decrypt(NO_AD, message, out);
    if (plaintext === null) throw new NoiseError('decrypt', 'message is not authentic');
    if (++this.#received === this.#rekeyInterval) {
      this.#receiving.rekey();
      this.#received = 0;
    }
    return plaintext;
  }

  /** Forgets both keys. */
  wipe(): void {
    this.#sending.wipe();
    this.#receiving.wipe();
  }
}
