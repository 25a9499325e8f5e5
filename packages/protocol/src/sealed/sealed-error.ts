export type SealedErrorCode =
  /** The body cannot be opened, for whatever reason: which one would help an attacker. */
  | 'cannot-open'
  /** The message does not fit the largest envelope. */
  | 'too-long'
  /** The recipient's sealing key cannot be used. */
  | 'bad-key'
  /** The sender's certificate is not valid. */
  | 'bad-certificate'
  /** The certificate is not in its account's current device list. */
  | 'not-listed'
  /** The session belongs to another device than the certificate. */
  | 'wrong-session'
  /** The content names other accounts, or another conversation, than the ones it travelled between. */
  | 'wrong-accounts';

/** Anything that keeps a sealed message from being made, opened or believed. */
export class SealedError extends Error {
  readonly code: SealedErrorCode;
  constructor(code: SealedErrorCode, message: string) {
    super(message);
    this.name = 'SealedError';
    this.code = code;
  }
}
