export type RingErrorCode =
  /** Not the shape it should have: encoding, a length, a number out of range. */
  | 'malformed'
  | 'unknown-version'
  /** The node, an admitter or a device did not sign this. */
  | 'bad-signature'
  /** Of another network, or of founders whose hash is not the network's id. */
  | 'wrong-network'
  /** No chain of admissions leads from this node to a founder. */
  | 'not-admitted'
  /** Of another node, operator, account or device than the one expected. */
  | 'wrong-signer'
  /** A join token whose time is over. */
  | 'expired';

/** Anything wrong with what the ring is made of. The text holds no key, id or address. */
export class RingError extends Error {
  readonly code: RingErrorCode;
  constructor(code: RingErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RingError';
    this.code = code;
  }
}
