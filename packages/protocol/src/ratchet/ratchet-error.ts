/**
 * - `no-session`: there is none with this device, or the unanswered one expired: fetch a bundle and start anew
 * - `unknown-prekey`: a first message names a prekey that is not (or no longer) here
 * - `unknown-version`: a version of message or of post-quantum ratchet that this program does not speak
 * - `malformed`: not a message of this kind
 * - `bad-key`: a key of wrong form or of small order
 * - `bad-mac`: no session here made this message, or it was changed on the way
 * - `bad-padding`: authentic, yet its ciphertext is not what the cipher makes
 * - `duplicate`: opened before, or so old that its key is gone
 * - `too-far`: too many messages before this one are missing
 * - `wrong-identity`: a first message from another identity key than the sessions with this device have
 * - `exhausted`: a chain has no counter left
 * - `bad-state`: stored sessions that this program did not write
 */
export type RatchetErrorCode =
  | 'no-session'
  | 'unknown-prekey'
  | 'unknown-version'
  | 'malformed'
  | 'bad-key'
  | 'bad-mac'
  | 'bad-padding'
  | 'duplicate'
  | 'too-far'
  | 'wrong-identity'
  | 'exhausted'
  | 'bad-state';

/** A session operation that changed nothing. Doing it again with the same state does not help. */
export class RatchetError extends Error {
  readonly code: RatchetErrorCode;
  constructor(code: RatchetErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RatchetError';
    this.code = code;
  }
}
