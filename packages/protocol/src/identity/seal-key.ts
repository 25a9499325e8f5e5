import { be32, be64, concat, utf8, type Primitives } from '../crypto/index.ts';
import type { SealKey } from '../wire/index.ts';
import type { VerifiedCertificate } from './device-certificate.ts';
import { IdentityError } from './identity-error.ts';
import { requireKeyId } from './prekey.ts';
import { requireLength, requireSafeInteger } from './statement.ts';

/** An X-Wing public key. */
export const SEAL_KEY_BYTES = 1216;

/** X-Wing key that a device signed for sealed envelopes. */
export interface VerifiedSealKey {
  readonly id: number;
  /** 1,216 B. */
  readonly key: Uint8Array;
  /** ms since 1970: the sender does not seal to it after this. */
  readonly until: number;
}

const label = utf8('sotto/seal-key/1');

/**
 * What a device signs about its sealing key (ID-13):
 * "sotto/seal-key/1" | account | be32 device | be32 id | be64 until | key.
 */
export function sealKeyBytes(
  owner: Pick<VerifiedCertificate, 'account' | 'device'>,
  sealKey: VerifiedSealKey,
): Uint8Array {
  return concat(label, owner.account, be32(owner.device), be32(sealKey.id), be64(sealKey.until), sealKey.key);
}

/** @throws IdentityError('malformed' | 'bad-signature') */
export function verifySealKey(
  primitives: Primitives,
  sealKey: SealKey | undefined,
  owner: Pick<VerifiedCertificate, 'account' | 'device' | 'signingKey'>,
): VerifiedSealKey {
  if (sealKey === undefined) throw new IdentityError('malformed', 'The sealing key is missing.');
  const { id, key, signature } = sealKey;
  requireKeyId(id, 'The sealing key');
  requireLength(key, SEAL_KEY_BYTES, 'The sealing key');
  const until = requireSafeInteger(sealKey.until, "The sealing key's end");
  if (!primitives.ed25519.verify(owner.signingKey, sealKeyBytes(owner, { id, until, key }), signature)) {
    throw new IdentityError('bad-signature', 'The sealing key is not signed by its device.');
  }
  // Kept for days: a copy does not hold on to the packet it came in.
  return { id, key: key.slice(), until };
}
