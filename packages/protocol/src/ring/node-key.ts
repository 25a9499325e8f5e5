/** A node id as 64 lower-case hexadecimal digits: what maps of the ring are keyed by. */
export type NodeKey = string;

const digits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** @param bytes any length; a node id is 32 B */
export function hexOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += digits[byte] ?? '';
  return text;
}

/** @param node Ed25519, 32 B */
export const nodeKeyOf = (node: Uint8Array): NodeKey => hexOf(node);

/** The node id, 32 B. @throws TypeError when it is no node key */
export function nodeOf(key: NodeKey): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(key)) throw new TypeError('A node key is 64 lower-case hexadecimal digits.');
  return bytesOfHex(key);
}

/** @param text pairs of hexadecimal digits, as hexOf gives them */
export function bytesOfHex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

/** Order of byte strings: by the first byte that differs, then the shorter first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
