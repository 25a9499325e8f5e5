/** The keys of PQXDH that a device publishes, checked one by one. */
import { xeddsaVerify, type Primitives } from '../crypto/index.ts';
import type { OneTimeKey, SignedKey } from '../wire/index.ts';
import { requireIdentityKey, type VerifiedCertificate } from './device-certificate.ts';
import { IdentityError } from './identity-error.ts';
import { requireLength } from './statement.ts';

/** First byte of a Kyber-1024 key on the wire. */
const KYBER_KEY_TYPE = 0x08;
const KYBER_KEY_BYTES = 1 + 1568;
const MAX_REGISTRATION_ID = 16_380;

export interface VerifiedSignedKey {
  readonly id: number;
  /** 0x05 | 32 B, or 0x08 | 1,568 B. */
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
}

export interface VerifiedOneTimeKey {
  readonly id: number;
  /** 0x05 | 32 B. Not signed: a wrong one only makes the session fail (PQXDH, section 4.11). */
  readonly key: Uint8Array;
}

type Signer = Pick<VerifiedCertificate, 'identityKey'>;

/** @throws IdentityError('malformed' | 'bad-signature') */
export function verifySignedPrekey(
  primitives: Primitives,
  key: SignedKey | undefined,
  signer: Signer,
): VerifiedSignedKey {
  const name = 'The signed prekey';
  if (key === undefined) throw new IdentityError('malformed', `${name} is missing.`);
  requireIdentityKey(key.key, name);
  return verifySignature(primitives, key, signer, name);
}

/** @throws IdentityError('malformed' | 'bad-signature') */
export function verifyKyberPrekey(
  primitives: Primitives,
  key: SignedKey | undefined,
  signer: Signer,
): VerifiedSignedKey {
  const name = 'The Kyber prekey';
  if (key === undefined) throw new IdentityError('malformed', `${name} is missing.`);
  requireLength(key.key, KYBER_KEY_BYTES, name);
  if (key.key[0] !== KYBER_KEY_TYPE) throw new IdentityError('malformed', `${name} is of an unknown type.`);
  return verifySignature(primitives, key, signer, name);
}

/** XEdDSA over the key with its type byte (PQXDH, section 3.2). */
function verifySignature(
  primitives: Primitives,
  { id, key, signature }: SignedKey,
  signer: Signer,
  name: string,
): VerifiedSignedKey {
  requireKeyId(id, name);
  if (!xeddsaVerify(signer.identityKey.subarray(1), key, signature, primitives)) {
    throw new IdentityError('bad-signature', `${name} is not signed by its device.`);
  }
  return { id, key, signature };
}

/** @throws IdentityError('malformed') */
export function checkOneTimeKey({ id, key }: OneTimeKey): VerifiedOneTimeKey {
  requireKeyId(id, 'A one-time key');
  requireIdentityKey(key, 'A one-time key');
  return { id, key };
}

export function requireRegistrationId(id: number): void {
  if (id < 1 || id > MAX_REGISTRATION_ID) {
    throw new IdentityError('malformed', `A registration id must be from 1 to ${MAX_REGISTRATION_ID}.`);
  }
}

/** 0 means absent on the wire. */
export function requireKeyId(id: number, name: string): void {
  if (id < 1) throw new IdentityError('malformed', `${name} has no id.`);
}
