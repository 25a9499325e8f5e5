import { argon2id } from '@noble/hashes/argon2.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { expectOutputLength } from './expect-length.ts';
import { CryptoError } from './primitives.ts';

const HKDF_MOST = 255 * 32;
// Costs are read from files (a backup's header), so a hostile one must not exhaust memory or time.
const ARGON2_MOST_KIB = 1 << 20;
const ARGON2_MOST_PASSES = 64;

/** @throws CryptoError('bad-length') outside 1 to 255 blocks (RFC 5869, section 2.3). */
export function checkHkdfLength(length: number): void {
  expectOutputLength('HKDF-SHA256', length, 1, HKDF_MOST);
}

/** @throws CryptoError('bad-length') outside 1 to 65,536 bytes, far more than any protocol here takes. */
export function checkShakeLength(length: number): void {
  expectOutputLength('SHAKE256', length, 1, 65_536);
}

/**
 * The limits of RFC 9106, section 3.1, for one lane.
 *
 * @throws CryptoError('bad-cost') below 8 KiB or one pass; CryptoError('bad-length') for salts under 8 bytes or
 * outputs under 4 bytes.
 */
export function checkArgon2(salt: Uint8Array, cost: { memoryKiB: number; passes: number }, length: number): void {
  const { memoryKiB, passes } = cost;
  if (!Number.isInteger(memoryKiB) || memoryKiB < 8 || memoryKiB > ARGON2_MOST_KIB) {
    throw new CryptoError('bad-cost', `Argon2id memory must be 8 to ${ARGON2_MOST_KIB} KiB`);
  }
  if (!Number.isInteger(passes) || passes < 1 || passes > ARGON2_MOST_PASSES) {
    throw new CryptoError('bad-cost', `Argon2id passes must be 1 to ${ARGON2_MOST_PASSES}`);
  }
  if (salt.length < 8 || salt.length > 64) throw new CryptoError('bad-length', 'Argon2id salt must be 8 to 64 bytes');
  expectOutputLength('Argon2id', length, 4, 1024);
}

export function nobleHkdf(salt: Uint8Array, secret: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  checkHkdfLength(length);
  return hkdf(sha256, secret, salt, info, length);
}

export function nobleArgon2id(
  password: Uint8Array,
  salt: Uint8Array,
  cost: { memoryKiB: number; passes: number },
  length: number,
): Uint8Array {
  checkArgon2(salt, cost, length);
  return argon2id(password, salt, { m: cost.memoryKiB, t: cost.passes, p: 1, dkLen: length });
}
