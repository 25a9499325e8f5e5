import type { Primitives } from '@sotto/protocol/crypto';

/** A machine that needs more fails at once. */
const missing = undefined as never;

/**
 * What the machines of a ring ask of cryptography, cheap instead of safe: thousands of rings run in a minute. Whoever
 * knows a public key could make its signatures; nobody in the simulation does, liars sign in their own name alone.
 */
export const ringPrimitives: Primitives = {
  name: 'of the simulation',
  sha256: digest,
  ed25519: {
    publicKey: (seed) => digest(seed),
    sign: (seed, message) => signature(digest(seed), message),
    verify: (publicKey, message, given) => isSame(signature(publicKey, message), given),
  },
  equal: isSame,
  x25519: missing,
  aesGcm: missing,
  chaChaPoly: missing,
  xChaChaPoly: missing,
  aesCbc: missing,
  mlKem768: missing,
  mlKem1024: missing,
  sha512: missing,
  hmacSha256: missing,
  hkdf: missing,
  sha3_256: missing,
  shake256: missing,
  argon2id: missing,
};

function signature(publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  const given = new Uint8Array(64);
  given.set(digest(message), 32);
  given.set(publicKey);
  given.set(digest(given));
  return given;
}

// Four lanes of multiply and rotate (as MurmurHash3 mixes), eight words of result.
function digest(data: Uint8Array): Uint8Array {
  let [a, b, c, d] = [0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, data.length | 0];
  const { length } = data;
  for (let at = 0; at < length; at += 4) {
    const word =
      (data[at] as number) | ((data[at + 1] ?? 0) << 8) | ((data[at + 2] ?? 0) << 16) | ((data[at + 3] ?? 0) << 24);
    a = Math.imul(a ^ word, 0xcc9e2d51);
    a = (a << 15) | (a >>> 17);
    b = (Math.imul(b + a, 0x1b873593) ^ word) | 0;
    b = (b << 13) | (b >>> 19);
    c = (c + b) ^ Math.imul(a, 0x27d4eb2f);
    d = Math.imul(d ^ c, 0x165667b1) + b;
  }
  const result = new Uint8Array(32);
  const words = new Int32Array(result.buffer);
  for (let at = 0; at < 8; at++) {
    a = Math.imul(a ^ (d >>> 16) ^ at, 0x85ebca6b);
    b = Math.imul(b ^ (a >>> 13), 0xc2b2ae35);
    c = (Math.imul(c ^ (b >>> 16), 0x27d4eb2f) + a) | 0;
    d = (Math.imul(d ^ (c >>> 15), 0x9e3779b1) + b) | 0;
    words[at] = a ^ c ^ ((b << 16) | (d >>> 16));
  }
  return result;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
