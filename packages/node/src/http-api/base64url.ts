const ALPHABET = /^[A-Za-z0-9_-]*$/;

export const base64url = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url');

/** Without padding, in the one spelling that it has. @returns null for every other */
export function bytesOf(text: string): Uint8Array | null {
  if (!ALPHABET.test(text)) return null;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : null;
}
