/**
 * - `unknown-version`: a part of a version that is not spoken here, or no part at all
 * - `malformed`: not a part that a correct program writes
 * - `bad-mac`: a header, key or ciphertext that does not belong to this session, or an epoch whose chain is gone
 * - `duplicate`: its key was used before, or dropped
 * - `too-far`: an epoch not reached, or too many messages missing before this one
 * - `exhausted`: a chain has no counter left
 * - `bad-state`: a stored state that this program did not write
 */
export type BraidErrorCode =
  'unknown-version' | 'malformed' | 'bad-mac' | 'duplicate' | 'too-far' | 'exhausted' | 'bad-state';

/** An operation of the post-quantum ratchet that changed nothing. */
export class BraidError extends Error {
  readonly code: BraidErrorCode;
  constructor(code: BraidErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BraidError';
    this.code = code;
  }
}
