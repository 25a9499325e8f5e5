import type { Primitives } from '../crypto/index.ts';
import {
  encode,
  MAX_ONE_TIME_KEYS,
  MAX_ONE_TIME_KYBER_KEYS,
  OneTimeKeySchema,
  SealKeySchema,
  SignedKeySchema,
  type KeyUpload,
} from '../wire/index.ts';
import type { VerifiedCertificate } from './device-certificate.ts';
import { findDevice, verifyDeviceList, type VerifiedDeviceList } from './device-list.ts';
import { IdentityError } from './identity-error.ts';
import { checkOneTimeKey, requireRegistrationId, verifyKyberPrekey, verifySignedPrekey } from './prekey.ts';
import { verifySealKey } from './seal-key.ts';

/** What a node keeps of an upload: encoded, all signatures checked. */
export interface VerifiedKeyUpload {
  /** null leaves what is there. */
  readonly keys: LastingKeys | null;
  /** Encoded OneTimeKey, by id. */
  readonly oneTime: readonly EncodedKey[];
  /** Encoded SignedKey, by id. */
  readonly oneTimeKyber: readonly EncodedKey[];
  /** One-time keys held so far are not given out any more. */
  readonly replaceOneTime: boolean;
  readonly deviceList: VerifiedDeviceList | null;
}

/** Encoded SignedKey, SignedKey, SealKey. */
export interface LastingKeys {
  readonly registrationId: number;
  readonly signedPrekey: Uint8Array;
  readonly lastResortKyber: Uint8Array;
  readonly sealKey: Uint8Array;
}

export interface EncodedKey {
  readonly id: number;
  readonly key: Uint8Array;
}

/**
 * Checks what a device publishes (ID-14): a node keeps nothing that readers would refuse.
 * @param certificate of the device that uploads, proven by its link
 * @param previousList the account's list that the node holds
 * @throws IdentityError
 */
export function verifyKeyUpload(
  primitives: Primitives,
  upload: KeyUpload,
  certificate: VerifiedCertificate,
  previousList?: VerifiedDeviceList,
): VerifiedKeyUpload {
  requireBatch(upload.oneTime, MAX_ONE_TIME_KEYS, 'one-time keys');
  requireBatch(upload.oneTimeKyber, MAX_ONE_TIME_KYBER_KEYS, 'one-time Kyber keys');
  // The list first: a revoked device is turned away before its signatures cost anything.
  const deviceList =
    upload.deviceList === undefined
      ? null
      : verifyDeviceList(primitives, upload.deviceList, certificate.account, previousList);
  const list = deviceList ?? previousList;
  if (list === undefined || findDevice(list, certificate) === null) {
    throw new IdentityError('wrong-device', "The device that publishes keys is not in its account's device list.");
  }
  return {
    keys: verifyLastingKeys(primitives, upload, certificate),
    oneTime: upload.oneTime.map((key) => ({ id: checkOneTimeKey(key).id, key: encode(OneTimeKeySchema, key) })),
    oneTimeKyber: upload.oneTimeKyber.map((key) => ({
      id: verifyKyberPrekey(primitives, key, certificate).id,
      key: encode(SignedKeySchema, key),
    })),
    replaceOneTime: upload.replaceOneTime,
    deviceList,
  };
}

/** All of them or none: a reader always finds a set that belongs together. */
function verifyLastingKeys(
  primitives: Primitives,
  upload: KeyUpload,
  certificate: VerifiedCertificate,
): LastingKeys | null {
  const { registrationId, signedPrekey, lastResortKyber, sealKey } = upload;
  if (signedPrekey === undefined && lastResortKyber === undefined && sealKey === undefined) return null;
  if (signedPrekey === undefined || lastResortKyber === undefined || sealKey === undefined) {
    throw new IdentityError('malformed', 'Signed prekey, last-resort Kyber key and sealing key come together.');
  }
  requireRegistrationId(registrationId);
  verifySignedPrekey(primitives, signedPrekey, certificate);
  verifyKyberPrekey(primitives, lastResortKyber, certificate);
  verifySealKey(primitives, sealKey, certificate);
  return {
    registrationId,
    signedPrekey: encode(SignedKeySchema, signedPrekey),
    lastResortKyber: encode(SignedKeySchema, lastResortKyber),
    sealKey: encode(SealKeySchema, sealKey),
  };
}

function requireBatch(keys: readonly { readonly id: number }[], most: number, name: string): void {
  if (keys.length > most) throw new IdentityError('malformed', `There are more than ${most} ${name}.`);
  if (new Set(keys.map(({ id }) => id)).size !== keys.length) {
    throw new IdentityError('malformed', `Two ${name} have the same id.`);
  }
}
