import type { Primitives } from '../crypto/index.ts';
import type { PrekeyBundle } from '../wire/index.ts';
import type { VerifiedCertificate } from './device-certificate.ts';
import { IdentityError } from './identity-error.ts';
import {
  checkOneTimeKey,
  requireRegistrationId,
  verifyKyberPrekey,
  verifySignedPrekey,
  type VerifiedOneTimeKey,
  type VerifiedSignedKey,
} from './prekey.ts';
import { verifySealKey, type VerifiedSealKey } from './seal-key.ts';

/** Everything that is needed to start a session with one device; all signatures hold. */
export interface VerifiedBundle {
  readonly account: Uint8Array;
  readonly device: number;
  /** 0x05 | 32 B, from the certificate. */
  readonly identityKey: Uint8Array;
  readonly registrationId: number;
  readonly signedPrekey: VerifiedSignedKey;
  readonly kyberPrekey: VerifiedSignedKey;
  readonly oneTime: VerifiedOneTimeKey | null;
  readonly sealKey: VerifiedSealKey;
}

/**
 * Checks one device's bundle against its certificate (ID-12, ID-13). The certificate comes from a verified device
 * list: a bundle never brings its own.
 * @throws IdentityError('malformed' | 'bad-signature' | 'wrong-device')
 */
export function verifyBundle(
  primitives: Primitives,
  bundle: PrekeyBundle,
  certificate: VerifiedCertificate,
): VerifiedBundle {
  if (bundle.device !== certificate.device) {
    throw new IdentityError('wrong-device', 'The key bundle is for another device than its certificate.');
  }
  requireRegistrationId(bundle.registrationId);
  return {
    account: certificate.account,
    device: certificate.device,
    identityKey: certificate.identityKey,
    registrationId: bundle.registrationId,
    signedPrekey: verifySignedPrekey(primitives, bundle.signedPrekey, certificate),
    kyberPrekey: verifyKyberPrekey(primitives, bundle.kyberPrekey, certificate),
    oneTime: bundle.oneTime === undefined ? null : checkOneTimeKey(bundle.oneTime),
    sealKey: verifySealKey(primitives, bundle.sealKey, certificate),
  };
}
