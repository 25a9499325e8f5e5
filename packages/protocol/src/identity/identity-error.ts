export type IdentityErrorCode =
  /** Not the shape it should have: encoding, a length, a number out of range. */
  | 'malformed'
  /** A version this program does not know. */
  | 'unknown-version'
  | 'bad-signature'
  /** Signed by, or made for, somebody else than expected. */
  | 'wrong-account'
  | 'wrong-node'
  | 'wrong-device'
  /** A device list older than one already seen. */
  | 'rollback'
  /** Two different device lists claim the same place in the chain. */
  | 'fork'
  /** A device number that was given out before names another device. */
  | 'device-reused'
  /** A descriptor outside its lease. */
  | 'not-valid-now'
  | 'bad-address'
  | 'bad-invite'
  | 'bad-link-code'
  /** A link code whose time is over. */
  | 'expired'
  | 'bad-url'
  | 'phrase-length'
  | 'phrase-word'
  | 'phrase-checksum';

/** Anything wrong with an identity, or with what it signed. The text is for people and holds no key or secret. */
export class IdentityError extends Error {
  readonly code: IdentityErrorCode;
  /** Numbers that the text names. */
  readonly values: Readonly<Record<string, number>>;
  constructor(
    code: IdentityErrorCode,
    message: string,
    options?: ErrorOptions & { values?: Readonly<Record<string, number>> },
  ) {
    super(message, options);
    this.name = 'IdentityError';
    this.code = code;
    this.values = options?.values ?? {};
  }
}
