import { CryptoError } from './primitives.ts';

/**
 * Every backend checks lengths with this before a library sees the bytes, so that all fail alike.
 *
 * @param what names the value in the error, never its content.
 * @throws CryptoError('bad-length')
 */
export function expectLength(what: string, bytes: Uint8Array, length: number): void {
  if (!(bytes instanceof Uint8Array) || bytes.length !== length) {
    throw new CryptoError('bad-length', `${what} must be ${length} bytes`);
  }
}

/** @throws CryptoError('bad-length') unless `length` is a whole number of bytes from `least` to `most`. */
export function expectOutputLength(what: string, length: number, least: number, most: number): void {
  if (!Number.isInteger(length) || length < least || length > most) {
    throw new CryptoError('bad-length', `${what} must give ${least} to ${most} bytes`);
  }
}
