import { base32nopad } from '@scure/base';
import { concat, utf8, type Primitives, type Random } from '../crypto/index.ts';
import { requireLength } from './statement.ts';

/** An account is an Ed25519 key pair (RFC 8032); the seed is what the recovery phrase spells. */
export interface AccountKeys {
  /** 32 B, secret. */
  readonly seed: Uint8Array;
  /** 32 B. */
  readonly publicKey: Uint8Array;
}

export function createAccount(primitives: Primitives, random: Random): AccountKeys {
  return accountFromSeed(primitives, random(32));
}

/** @param seed 32 B; kept, not copied. @throws IdentityError('malformed') on another length */
export function accountFromSeed(primitives: Primitives, seed: Uint8Array): AccountKeys {
  requireLength(seed, 32, 'The account seed');
  return { seed, publicKey: primitives.ed25519.publicKey(seed) };
}

const tokenLabel = utf8('sotto/token/1');

/** Length of a token in characters: 60 bits. */
export const TOKEN_LENGTH = 12;

/**
 * Short name of an account for live nodes: 12 base32 characters (RFC 4648, lower case) of
 * SHA-256("sotto/token/1" | account key). Whoever looks a token up checks the answer with this.
 */
export function tokenOf(primitives: Primitives, accountKey: Uint8Array): string {
  requireLength(accountKey, 32, 'An account key');
  const hash = primitives.sha256(concat(tokenLabel, accountKey));
  return base32nopad.encode(hash).slice(0, TOKEN_LENGTH).toLowerCase();
}
