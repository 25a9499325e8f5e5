/**
 * - `decrypt`: a message is not authentic: changed, out of order, or made with other keys
 * - `too-short`, `too-large`: the length cannot be right
 * - `bad-point`: a public key that would make the shared secret zero
 * - `wrong-state`: not this side's turn, not complete yet, or dead after a failure
 * - `missing-key`: the pattern needs a key that was not given, or has another length
 * - `exhausted`: no nonces are left
 */
export type NoiseErrorCode =
  'decrypt' | 'too-short' | 'too-large' | 'bad-point' | 'wrong-state' | 'missing-key' | 'exhausted';

/** A Noise handshake or transport that cannot go on. The text holds no key and no content. */
export class NoiseError extends Error {
  readonly code: NoiseErrorCode;
  constructor(code: NoiseErrorCode, message: string) {
    super(message);
    this.name = 'NoiseError';
    this.code = code;
  }
}
