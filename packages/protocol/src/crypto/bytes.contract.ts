import { expect } from 'vitest';
import { CryptoError, type CryptoErrorCode } from './primitives.ts';

/** For vectors: whitespace in the text is ignored. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** `count` bytes that count up from `first`. */
export const counting = (count: number, first = 0): Uint8Array =>
  Uint8Array.from({ length: count }, (_, i) => (first + i) & 0xff);

/** The same bytes in the middle of a larger buffer, at an odd offset. */
export function asView(bytes: Uint8Array): Uint8Array {
  const around = new Uint8Array(bytes.length + 8).fill(0xa5);
  around.set(bytes, 3);
  return around.subarray(3, 3 + bytes.length);
}

export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = Uint8Array.from(bytes);
  flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return flipped;
}

/** Shortened and lengthened at both ends. */
export const wrongLengths = (bytes: Uint8Array): readonly Uint8Array[] => [
  new Uint8Array(0),
  bytes.subarray(1),
  bytes.subarray(0, -1),
  Uint8Array.from([...bytes, 0]),
  Uint8Array.from([0, ...bytes]),
];

export function expectCode(code: CryptoErrorCode, run: () => unknown): void {
  let thrown: unknown = null;
  try {
    run();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(CryptoError);
  expect((thrown as CryptoError).code).toBe(code);
}

/** A plain Uint8Array with memory of its own: not a Buffer, not part of a shared pool. */
export function expectOwnBytes(bytes: Uint8Array): void {
  expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
  expect(bytes.buffer.byteLength).toBe(bytes.length);
}
