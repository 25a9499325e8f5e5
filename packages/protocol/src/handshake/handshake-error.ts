/**
 * - `bad-key`: a key or ciphertext has the wrong form, or is a point of small order
 */
export type HandshakeErrorCode = 'bad-key';

/** A handshake that cannot be computed. Trying again with the same input does not help. */
export class HandshakeError extends Error {
  readonly code: HandshakeErrorCode;
  constructor(code: HandshakeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HandshakeError';
    this.code = code;
  }
}
