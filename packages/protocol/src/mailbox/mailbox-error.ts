export type MailboxErrorCode =
  /** An argument of the wrong length or range. */
  | 'bad-length'
  /** Padded content whose padding is not what padContent writes. */
  | 'bad-padding'
  /** Content that does not fit the largest envelope. */
  | 'too-long';

export class MailboxError extends Error {
  readonly code: MailboxErrorCode;
  constructor(code: MailboxErrorCode, message: string) {
    super(message);
    this.name = 'MailboxError';
    this.code = code;
  }
}

export function requireBytes(bytes: Uint8Array, length: number, name: string): void {
  if (bytes.length !== length) {
    throw new MailboxError('bad-length', `${name} must be ${length} bytes long, not ${bytes.length}.`);
  }
}
