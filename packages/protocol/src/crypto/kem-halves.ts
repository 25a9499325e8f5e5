import { sha3_512, shake256 } from '@noble/hashes/sha3.js';
import { genCrystals, XOF128 } from '@noble/post-quantum/_crystals.js';
import { concat } from './bytes.ts';
import { expectLength } from './expect-length.ts';
import { nobleMlKem768 } from './kem.ts';

/*
 * ML-KEM-768 encapsulation in two halves (The ML-KEM Braid Protocol, section 1.3). An encapsulation key is t | rho, a
 * ciphertext is ct1 | ct2. Ct1 and the shared secret need of the key only rho and SHA3-256 of the whole, so they can
 * be made before t has come; ct2 needs t. Both halves are made of the same message m, and together they are what
 * ML-KEM.Encaps_internal(ek, m) gives (FIPS 203, algorithm 17).
 *
 * Decapsulation and key generation are the ordinary ones. The second half is the ordinary encapsulation again: dearer
 * by a few tenths of a millisecond than what ct2 alone needs, but the library's own code, checks of the key included.
 * Only the first half is computed here, with the library's number theoretic transform and encodings.
 */

const K = 3;
const N = 256;
const Q = 3329;
const ETA = 2;
const U_BITS = 10;

/** Bytes of the parts (The ML-KEM Braid Protocol, section 2.2, ML-KEM-768). */
export const KEM_PARTS = { keyVector: 1152, keySeed: 32, keyHash: 32, ct1: 960, ct2: 128, message: 32 } as const;

const { mod, nttZetas, NTT, bitsCoder } = genCrystals<Uint16Array>({
  N,
  Q,
  F: 3303,
  ROOT_OF_UNITY: 17,
  newPoly: (n) => new Uint16Array(n),
  brvBits: 7,
  isKyber: true,
});
// Compress_10 (FIPS 203, section 4.2.1): round(2^10 x / q) mod 2^10; the coder keeps the low ten bits.
const compressedU = bitsCoder(U_BITS, {
  encode: (x) => Math.floor(((x << U_BITS) + (Q >> 1)) / Q),
  decode: (y) => y,
});

/**
 * @param keySeed rho, 32 B
 * @param keyHash SHA3-256(t | rho), 32 B
 * @param message m, 32 B, random
 * @throws CryptoError('bad-length')
 */
export function encapsulateFirst(
  keySeed: Uint8Array,
  keyHash: Uint8Array,
  message: Uint8Array,
): { ct1: Uint8Array; sharedSecret: Uint8Array } {
  expectLength('key seed', keySeed, KEM_PARTS.keySeed);
  expectLength('key hash', keyHash, KEM_PARTS.keyHash);
  expectLength('message', message, KEM_PARTS.message);
  const secrets = sha3_512(concat(message, keyHash)); // G: K | r
  const ct1 = encryptFirst(keySeed, secrets.subarray(32));
  const sharedSecret = secrets.slice(0, 32);
  secrets.fill(0);
  return { ct1, sharedSecret };
}

/**
 * The whole ciphertext of a message of one's own choice (ML-KEM.Encaps_internal), whose last 128 bytes are ct2.
 *
 * @param publicKey t | rho, 1,184 B
 * @param message that of the first half
 * @throws CryptoError('bad-length'); 'bad-key' when the key has a wrong length or fails the modulus check
 */
export function encapsulateWhole(publicKey: Uint8Array, message: Uint8Array): Uint8Array {
  const { ciphertext, sharedSecret } = nobleMlKem768.encapsulate(publicKey, () => message);
  sharedSecret.fill(0);
  return ciphertext;
}

/** u of K-PKE.Encrypt (FIPS 203, algorithm 14, lines 9 to 19 and 22), encoded. */
function encryptFirst(keySeed: Uint8Array, coins: Uint8Array): Uint8Array {
  const y = Array.from({ length: K }, (_, i) => NTT.encode(sampleCbd(coins, i)));
  const matrix = XOF128(keySeed);
  const ct1 = new Uint8Array(KEM_PARTS.ct1);
  for (let i = 0; i < K; i++) {
    const sum = new Uint16Array(N);
    for (let j = 0; j < K; j++) addProduct(sum, sampleNtt(matrix.get(i, j)), y[j]!); // A[j][i]: transposed
    const u = NTT.decode(sum);
    const e1 = sampleCbd(coins, K + i);
    for (let n = 0; n < N; n++) u[n] = mod(u[n]! + e1[n]!);
    ct1.set(compressedU.encode(u), i * compressedU.bytesLen);
    e1.fill(0);
    u.fill(0);
  }
  matrix.clean();
  for (const each of y) each.fill(0);
  return ct1;
}

/** SampleNTT (FIPS 203, algorithm 7). */
function sampleNtt(block: () => Uint8Array): Uint16Array {
  const a = new Uint16Array(N);
  for (let n = 0; n < N;) {
    const bytes = block();
    for (let at = 0; n < N && at + 3 <= bytes.length; at += 3) {
      const low = bytes[at]! | ((bytes[at + 1]! & 0x0f) << 8);
      const high = (bytes[at + 1]! >> 4) | (bytes[at + 2]! << 4);
      if (low < Q) a[n++] = low;
      if (high < Q && n < N) a[n++] = high;
    }
  }
  return a;
}

/** SamplePolyCBD_2(PRF_2(coins, nonce)) (FIPS 203, algorithm 8): four bits for each coefficient. */
function sampleCbd(coins: Uint8Array, nonce: number): Uint16Array {
  const input = concat(coins, Uint8Array.of(nonce));
  const bytes = shake256(input, { dkLen: 64 * ETA });
  const f = new Uint16Array(N);
  for (let n = 0; n < N; n++) {
    const bits = (bytes[n >> 1]! >> ((n & 1) << 2)) & 0x0f;
    f[n] = mod((bits & 1) + ((bits >> 1) & 1) - ((bits >> 2) & 1) - (bits >> 3));
  }
  input.fill(0);
  bytes.fill(0);
  return f;
}

/** sum += MultiplyNTTs(a, b) (FIPS 203, algorithms 11 and 12). */
function addProduct(sum: Uint16Array, a: Uint16Array, b: Uint16Array): void {
  for (let i = 0; i < N / 2; i++) {
    const zeta = nttZetas[64 + (i >> 1)]!;
    const gamma = i % 2 === 0 ? zeta : Q - zeta;
    const [a0, a1, b0, b1] = [a[2 * i]!, a[2 * i + 1]!, b[2 * i]!, b[2 * i + 1]!];
    sum[2 * i] = mod(sum[2 * i]! + a0 * b0 + mod(a1 * b1) * gamma);
    sum[2 * i + 1] = mod(sum[2 * i + 1]! + a0 * b1 + a1 * b0);
  }
}
