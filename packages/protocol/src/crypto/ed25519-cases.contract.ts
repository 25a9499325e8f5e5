import { ed25519, ED25519_TORSION_SUBGROUP } from '@noble/curves/ed25519.js';
import { bytesToNumberLE, numberToBytesLE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { hex } from './bytes.contract.ts';
import { concat, utf8 } from './bytes.ts';

/** A signature that libraries are known to disagree about. */
export interface SignatureCase {
  readonly name: string;
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

const { Point } = ed25519;
type EdwardsPoint = typeof Point.BASE;
const ORDER = Point.Fn.ORDER;
const PRIME = Point.Fp.ORDER;
const torsion = ED25519_TORSION_SUBGROUP.map((encoded) => Point.fromHex(encoded, true));

const secret = 0x1234567890abcdef1234567890abcdefn;
const nonce = 0xfedcba0987654321fedcba0987654321n;
const message = utf8('a message that a hostile signer chose');

/** Both forms of the equation hold but for the points added, since S fits the bytes exactly as they stand. */
function signWith(publicKey: Uint8Array, commitment: Uint8Array, nonceScalar: bigint): Uint8Array {
  const challenge = bytesToNumberLE(sha512(concat(commitment, publicKey, message))) % ORDER;
  return concat(commitment, numberToBytesLE((nonceScalar + challenge * secret) % ORDER, 32));
}

const honestKey = Point.BASE.multiply(secret);
const honestNonce = Point.BASE.multiply(nonce);

const withPoints = (name: string, key: EdwardsPoint, commitment: EdwardsPoint, nonceScalar = nonce): SignatureCase => ({
  name,
  publicKey: key.toBytes(),
  message,
  signature: signWith(key.toBytes(), commitment.toBytes(), nonceScalar),
});

const honest = withPoints('an honest signature', honestKey, honestNonce);
const honestS = bytesToNumberLE(honest.signature.subarray(32));

/** Encodings of y + p for the 19 y that have one, with either sign: the points exist for some of them. */
const nonCanonical: readonly Uint8Array[] = Array.from({ length: 19 }, (_, y) => [
  numberToBytesLE(PRIME + BigInt(y), 32),
  numberToBytesLE((PRIME + BigInt(y)) | (1n << 255n), 32),
]).flat();

/** y = 1 and y = -1 with x = 0 and the sign bit set. */
const negativeZero = [numberToBytesLE(1n | (1n << 255n), 32), numberToBytesLE((PRIME - 1n) | (1n << 255n), 32)];

/** A and torsion cancel in the equation without the cofactor when the challenge is a multiple of the torsion's order. */
const mixedKeys = torsion
  .slice(1)
  .map((point, i) => withPoints(`public key plus torsion ${i + 1}`, honestKey.add(point), honestNonce));
function holdsWithoutCofactor({ publicKey, signature }: SignatureCase): boolean {
  const challenge = bytesToNumberLE(sha512(concat(signature.subarray(0, 32), publicKey, message))) % ORDER;
  const left = Point.BASE.multiply(bytesToNumberLE(signature.subarray(32)));
  const right = Point.fromBytes(signature.subarray(0, 32)).add(Point.fromBytes(publicKey).multiplyUnsafe(challenge));
  return left.equals(right);
}

export const ED25519_ACCEPTED: readonly SignatureCase[] = [
  honest,
  {
    name: 'S just below L (from the tests of BoringSSL)',
    publicKey: hex('100fdf47fb94f1536a4f7c3fda27383fa03375a8f527c537e6f1703c47f94f86'),
    message: hex('124e583f8b8eca58bb29c271b41d36986bbc45541f8e51f9cb0133eca447601e'),
    signature: hex(`dac119d6ca87fc59ae611c157048f4d4fc932a149dbe20ec6effd1436abf83ea
      05c7df0fef06147241259113909bc71bd3c53ba4464ffcad3c0968f2ffffff0f`),
  },
  ...mixedKeys.filter(holdsWithoutCofactor),
];

export const ED25519_REFUSED: readonly SignatureCase[] = [
  ...mixedKeys.filter((mixed) => !holdsWithoutCofactor(mixed)),
  ...torsion
    .slice(1)
    .map((point, i) => withPoints(`commitment plus torsion ${i + 1}`, honestKey, honestNonce.add(point))),
  ...torsion.map((point, i) => withPoints(`commitment of small order ${i}`, honestKey, point, 0n)),
  ...torsion.map((point, i) => ({
    name: `public key of small order ${i}`,
    publicKey: point.toBytes(),
    message,
    signature: concat(honestNonce.toBytes(), numberToBytesLE(nonce, 32)),
  })),
  ...[1n, 2n, 4n, 8n].map((factor) => ({
    ...honest,
    name: `S + ${factor} L`,
    signature: concat(honest.signature.subarray(0, 32), numberToBytesLE(honestS + factor * ORDER, 32)),
  })),
  { ...honest, name: 'S = L', signature: concat(honest.signature.subarray(0, 32), numberToBytesLE(ORDER, 32)) },
  ...[...nonCanonical, ...negativeZero].map((encoded, i) => ({
    ...honest,
    name: `non-canonical commitment ${i}`,
    signature: signWith(honest.publicKey, encoded, 0n),
  })),
  ...[...nonCanonical, ...negativeZero].map((encoded, i) => ({
    name: `non-canonical public key ${i}`,
    publicKey: encoded,
    message,
    signature: signWith(encoded, honestNonce.toBytes(), nonce),
  })),
  { ...honest, name: 'public key that is no point', publicKey: hex('02'.padEnd(64, '0')) },
  { ...honest, name: 'another message', message: utf8('another message') },
  { ...honest, name: 'all zero', publicKey: new Uint8Array(32), signature: new Uint8Array(64) },
];
