import { concat, utf8, type Primitives } from '../crypto/index.ts';
import { addressOf } from './address.ts';

/** Rounds of SHA-512: makes searching for a key with a similar number dear (about 2^13 times). */
const ROUNDS = 5_200;
const VERSION = Uint8Array.of(0, 0);
const CHUNKS = 6;
const CHUNK_BYTES = 5;

/**
 * 60 digits that two people compare; the same whichever side computes them.
 *
 * Numeric fingerprints as Signal published them ("Safety number updates", 2016): 30 digits a side from 5,200 rounds of
 * SHA-512 over version, key and a stable identifier, the smaller half first. Key: the account key. Identifier: the
 * address, so the number covers every device that the account certifies.
 * @returns 60 digits without spaces
 */
export function safetyNumber(primitives: Primitives, accountA: Uint8Array, accountB: Uint8Array): string {
  const a = fingerprintOf(primitives, accountA);
  const b = fingerprintOf(primitives, accountB);
  return a < b ? a + b : b + a;
}

/** hash(0) = version | key | identifier; hash(i) = SHA-512(hash(i-1) | key). 30 digits of the first 30 bytes. */
function fingerprintOf(primitives: Primitives, account: Uint8Array): string {
  let hash = concat(VERSION, account, utf8(addressOf(account)));
  for (let round = 0; round < ROUNDS; round++) hash = primitives.sha512(concat(hash, account));
  let digits = '';
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    let value = 0;
    for (const byte of hash.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES)) value = value * 256 + byte;
    digits += String(value % 100_000).padStart(5, '0');
  }
  return digits;
}
