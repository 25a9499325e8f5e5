/** What all signed statements share: strict decoding with named complaints, and signature contexts. */
import { fromBinary, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { concat, utf8 } from '../crypto/index.ts';
import { IdentityError } from './identity-error.ts';

/** @param name begins the complaint: "The device certificate" */
export function decodeStatement<D extends DescMessage>(
  schema: D,
  encoded: Uint8Array,
  maxBytes: number,
  name: string,
): MessageShape<D> {
  if (encoded.length > maxBytes) throw new IdentityError('malformed', `${name} is longer than ${maxBytes} bytes.`);
  try {
    return fromBinary(schema, encoded);
  } catch (cause) {
    throw new IdentityError('malformed', `${name} is not a readable message.`, { cause });
  }
}

export function requireVersion(version: number, known: number, name: string): void {
  if (version !== known) {
    throw new IdentityError(
      'unknown-version',
      `${name} has version ${version}; this program knows version ${known}. A newer program may be needed.`,
    );
  }
}

export function requireLength(bytes: Uint8Array, length: number, name: string): void {
  if (bytes.length !== length) {
    throw new IdentityError('malformed', `${name} must be ${length} bytes long, not ${bytes.length}.`);
  }
}

/** Highest device number; numbers are never used twice. */
export const MAX_DEVICE = 127;

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
