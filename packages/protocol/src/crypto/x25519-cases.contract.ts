import { describe, expect, it } from 'vitest';
import { counting, flipBit, toHex } from './bytes.contract.ts';
import { CryptoError } from './primitives.ts';
import type { Primitives } from './primitives.ts';

const P = 2n ** 255n - 19n;

const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`);
const toBytes = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let [b, e] = [base % P, exponent]; e > 0n; [b, e] = [(b * b) % P, e >> 1n])
    if (e & 1n) result = (result * b) % P;
  return result;
}

/** RFC 7748, section 5, line for line: the judge. */
function judge(secret: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const scalar = Uint8Array.from(secret);
  scalar[0]! &= 248;
  scalar[31] = (scalar[31]! & 127) | 64;
  const k = toNumber(scalar);
  const x1 = (toNumber(publicKey) & (2n ** 255n - 1n)) % P;
  let [x2, z2, x3, z3, swap] = [1n, 0n, x1, 1n, 0n];
  for (let t = 254n; t >= 0n; t--) {
    const bit = (k >> t) & 1n;
    if (swap !== bit) [x2, x3, z2, z3] = [x3, x2, z3, z2];
    swap = bit;
    const [a, b, c, d] = [x2 + z2, x2 - z2, x3 + z3, x3 - z3];
    const [aa, bb, da, cb] = [(a * a) % P, (b * b) % P, (d * a) % P, (c * b) % P];
    const e = aa - bb;
    x3 = (da + cb) ** 2n % P;
    z3 = (x1 * (da - cb) ** 2n) % P;
    x2 = (aa * bb) % P;
    z2 = (e * (aa + 121_665n * e)) % P;
  }
  if (swap === 1n) [x2, z2] = [x3, z3];
  const result = (x2 * power(((z2 % P) + P) % P, P - 2n)) % P;
  return toBytes((result + P) % P);
}

/** Edges of the field and of its limbs (51, 25.5 and 32 bits), on the curve and on its twist. */
const EDGES: readonly bigint[] = [
  ...Array.from({ length: 40 }, (_, i) => BigInt(i + 2)),
  ...[2n, 3n, 4n, 5n, 19n].map((below) => P - below),
  ...[25n, 26n, 31n, 32n, 51n, 63n, 64n, 102n, 128n, 153n, 204n, 224n, 230n, 254n].flatMap((bit) => [
    2n ** bit,
    2n ** bit - 1n,
    2n ** bit + 1n,
    P - 2n ** bit,
  ]),
  ...[0x5555n, 0xaaaan, 0xff00n, 0x00ffn].map((word) =>
    Array.from({ length: 16 }).reduce<bigint>((value) => (value << 16n) | word, 0n),
  ),
  // Not reduced: p + 2 to p + 18.
  ...Array.from({ length: 17 }, (_, i) => P + 2n + BigInt(i)),
];

const SECRETS: readonly Uint8Array[] = [new Uint8Array(32), new Uint8Array(32).fill(0xff), counting(32, 7)];

export function describeX25519Cases({ x25519 }: Primitives): void {
  describe('X25519: edges', () => {
    it('CRYPTO-4: edge values of u, with and without the unused bit, as the ladder of RFC 7748 has them', () => {
      for (const u of EDGES) {
        const key = toBytes(u);
        for (const secret of SECRETS) {
          const expected = toHex(judge(secret, key));
          expect(toHex(x25519.sharedSecret(secret, key)), `u = ${u}`).toBe(expected);
          expect(toHex(x25519.sharedSecret(secret, flipBit(key, 255))), `u = ${u}, top bit`).toBe(expected);
        }
      }
    });

    it('CRYPTO-4: five bits of a secret key mean nothing, all others do', () => {
      const secret = counting(32, 0x31);
      const key = x25519.publicKey(counting(32, 0x77));
      const expected = x25519.sharedSecret(secret, key);
      const ignored: number[] = [];
      for (let bit = 0; bit < 256; bit++) {
        if (toHex(x25519.sharedSecret(flipBit(secret, bit), key)) === toHex(expected)) ignored.push(bit);
      }
      expect(ignored).toEqual([0, 1, 2, 254, 255]);
    });

    it('CRYPTO-4: whatever the secret, a point of small order is refused', () => {
      for (const secret of SECRETS) {
        for (const u of [0n, 1n, P - 1n, P, P + 1n]) {
          expect(() => x25519.sharedSecret(secret, toBytes(u))).toThrow(CryptoError);
        }
      }
    });
  });
}
