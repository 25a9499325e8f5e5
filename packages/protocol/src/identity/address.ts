import { base58 } from '@scure/base';
import { concat, sameBytes } from '../crypto/index.ts';
import { IdentityError } from './identity-error.ts';
import { requireLength } from './statement.ts';

/** Multicodec `ed25519-pub` (0xed) as an unsigned varint: did:key method, section "Signature method creation". */
const ED25519_MULTICODEC = Uint8Array.of(0xed, 0x01);
const PREFIX = 'did:key:';
const MAX_LENGTH = 64;

/** `did:key:z6Mk…` of an account key (did:key method; multibase base58btc). */
export function addressOf(accountKey: Uint8Array): string {
  requireLength(accountKey, 32, 'An account key');
  return `${PREFIX}z${base58.encode(concat(ED25519_MULTICODEC, accountKey))}`;
}

/**
 * The account key of an address. Accepts exactly what addressOf writes.
 * @throws IdentityError('bad-address') whose text names what is wrong
 */
export function parseAddress(text: string): Uint8Array {
  if (text === '') throw bad('The address is empty.');
  if (text !== text.trim()) throw bad('The address has spaces around it.');
  if (!text.startsWith(PREFIX)) throw bad('An address begins with "did:key:".');
  const value = text.slice(PREFIX.length);
  if (value.includes('#')) throw bad('The address has a part behind "#" that does not belong to it.');
  if (!value.startsWith('z')) throw bad('The part after "did:key:" must begin with "z" (base58btc).');
  if (text.length > MAX_LENGTH) throw bad('The address is too long.');
  let bytes: Uint8Array;
  try {
    bytes = base58.decode(value.slice(1));
  } catch {
    throw bad('The address has a character that base58 does not use (such as 0, O, I or l).');
  }
  if (!sameBytes(bytes.subarray(0, 2), ED25519_MULTICODEC)) {
    throw bad('The address is not one of an Ed25519 key (those begin with "did:key:z6Mk"), or has a typing error.');
  }
  if (bytes.length !== 34) throw bad(`The address is too ${bytes.length < 34 ? 'short' : 'long'}: is it complete?`);
  return bytes.slice(2);
}

const bad = (message: string): IdentityError => new IdentityError('bad-address', message);
