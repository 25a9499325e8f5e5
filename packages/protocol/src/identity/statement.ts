/**
 * A signed statement is an encoded body with a signature over a context string and the body's exact bytes (ID-1).
 * `wire` checks shapes; here its complaints become IdentityErrors that say which statement is meant.
 */
import { MAX_DEVICE, WireError } from '../wire/index.ts';
import { concat, utf8 } from '../crypto/index.ts';
import { IdentityError } from './identity-error.ts';

/** @param name begins the complaint: "The device certificate" */
export function decodeStatement<T>(decode: (encoded: Uint8Array) => T, encoded: Uint8Array, name: string): T {
  try {
    return decode(encoded);
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    const code = cause.code === 'unknown-version' ? 'unknown-version' : 'malformed';
    throw new IdentityError(code, `${name} is not acceptable (${cause.message}).`, { cause });
  }
}

/**
 * The same statement with a body of its own: what is verified must neither change later nor keep the network buffer
 * alive that it came in.
 */
export function ownedBody<T extends { body: Uint8Array }>(statement: T): T {
  statement.body = statement.body.slice();
  return statement;
}

export function requireLength(bytes: Uint8Array, length: number, name: string): void {
  if (bytes.length !== length) {
    throw new IdentityError('malformed', `${name} must be ${length} bytes long, not ${bytes.length}.`);
  }
}

/** Device numbers are never used twice. */
export function requireDevice(device: number, name: string): void {
  if (!Number.isInteger(device) || device < 1 || device > MAX_DEVICE) {
    throw new IdentityError('malformed', `${name} must be a number from 1 to ${MAX_DEVICE}.`);
  }
}

/** Milliseconds since 1970, or a counter, as a number: everything above 2^53 - 1 is refused. */
export function requireSafeInteger(value: bigint, name: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new IdentityError('malformed', `${name} is out of range.`);
  return Number(value);
}

/** The bytes a signature covers: context string, then the exact body. */
export function signedBytes(context: string, body: Uint8Array): Uint8Array {
  return concat(utf8(context), body);
}
