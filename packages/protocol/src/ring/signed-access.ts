import { create, SignedAccessSchema, type SignedAccess } from '../wire/index.ts';
import { be32, be64, concat, utf8, type Primitives } from '../crypto/index.ts';
import { RingError } from './ring-error.ts';

const label = utf8('sotto/access/1');
const ABSENT = new Uint8Array(32);

/** Who may write to an account as a contact, in the words of one of its devices. */
export interface AccessFields {
  /** Account key, 32 B. */
  readonly account: Uint8Array;
  readonly device: number;
  /** Device's clock, ms since 1970; the latest counts. */
  readonly at: number;
  /** 32 B. */
  readonly capabilityHash: Uint8Array;
  /** 32 B; null: none. */
  readonly previousHash: Uint8Array | null;
  /** Until when the previous one is honoured, ms since 1970. */
  readonly previousUntil: number;
}

/** "sotto/access/1" | account | be32 device | be64 at | be64 previous until | hash | previous hash or zeros (RING-15) */
export function accessBytes(fields: AccessFields): Uint8Array {
  const { account, device, at, capabilityHash, previousHash, previousUntil } = fields;
  const previous = previousHash ?? ABSENT;
  if (account.length !== 32 || capabilityHash.length !== 32 || previous.length !== 32) {
    throw new RingError('malformed', 'Accounts and hashes are 32 bytes long.');
  }
  return concat(label, account, be32(device), be64(at), be64(previousUntil), capabilityHash, previous);
}

/** @param signingSeed Ed25519 seed of the device's signing key, 32 B */
export function signAccess(primitives: Primitives, signingSeed: Uint8Array, fields: AccessFields): SignedAccess {
  const { device, at, capabilityHash, previousHash, previousUntil } = fields;
  return create(SignedAccessSchema, {
    device,
    at: BigInt(at),
    capabilityHash,
    previousHash: previousHash ?? new Uint8Array(0),
    previousUntil: BigInt(previousUntil),
    signature: primitives.ed25519.sign(signingSeed, accessBytes(fields)),
  });
}

/** @param expected.signingKey of that device, from the account's verified device list. Never throws. */
export function verifyAccess(
  primitives: Primitives,
  access: SignedAccess,
  expected: { readonly account: Uint8Array; readonly signingKey: Uint8Array },
): boolean {
  const { device, capabilityHash, previousHash, signature } = access;
  const [at, previousUntil] = [Number(access.at), Number(access.previousUntil)];
  if (!Number.isSafeInteger(at) || !Number.isSafeInteger(previousUntil)) return false;
  if (expected.account.length !== 32 || capabilityHash.length !== 32) return false;
  if (previousHash.length !== 0 && previousHash.length !== 32) return false;
  const bytes = accessBytes({
    account: expected.account,
    device,
    at,
    capabilityHash,
    previousHash: previousHash.length === 0 ? null : previousHash,
    previousUntil,
  });
  return primitives.ed25519.verify(expected.signingKey, bytes, signature);
}
