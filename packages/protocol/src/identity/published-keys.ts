import { toBinary } from '@bufbuild/protobuf';
import {
  OneTimeKeySchema,
  SealKeySchema,
  SignedKeySchema,
  type KeyUpload,
  type OneTimeKey,
  type PrekeyBundle,
  type SealKey,
  type SignedKey,
} from '../wire/index.ts';
import { be32, be64, concat, utf8, xeddsaVerify, type Primitives } from '../crypto/index.ts';
import { requireIdentityKey, type VerifiedCertificate } from './device-certificate.ts';
import { findDevice, verifyDeviceList, type VerifiedDeviceList } from './device-list.ts';
import { IdentityError } from './identity-error.ts';
import { requireLength, requireSafeInteger } from './statement.ts';

/** First byte of a Kyber-1024 key on the wire. */
const KYBER_KEY_TYPE = 0x08;
const KYBER_KEY_BYTES = 1 + 1568;
export const SEAL_KEY_BYTES = 1216;
const MAX_REGISTRATION_ID = 16_380;
const MAX_ONE_TIME = 100;
const MAX_ONE_TIME_KYBER = 20;

export interface VerifiedSignedKey {
  readonly id: number;
  /** 0x05 | 32 B, or 0x08 | 1,568 B. */
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
}

export interface VerifiedOneTimeKey {
  readonly id: number;
  /** 0x05 | 32 B. Not signed: PQXDH authenticates it through the session. */
  readonly key: Uint8Array;
}

/** X-Wing key that a device signed for sealed envelopes. */
export interface VerifiedSealKey {
  readonly id: number;
  /** 1,216 B. */
  readonly key: Uint8Array;
  /** ms since 1970: the sender does not seal to it after this. */
  readonly until: number;
}

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

/** What a node keeps of an upload: encoded as it came, signatures checked. */
export interface VerifiedKeyUpload {
  /** All four or none: null leaves what is there. */
  readonly keys: {
    readonly registrationId: number;
    readonly signedPrekey: Uint8Array;
    readonly lastResortKyber: Uint8Array;
    readonly sealKey: Uint8Array;
  } | null;
  readonly oneTime: readonly { readonly id: number; readonly key: Uint8Array }[];
  readonly oneTimeKyber: readonly { readonly id: number; readonly key: Uint8Array }[];
  readonly deviceList: VerifiedDeviceList | null;
}

/**
 * Checks one device's bundle against its certificate (ID-13).
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
    signedPrekey: verifySignedPrekey(bundle.signedPrekey, certificate),
    kyberPrekey: verifyKyberPrekey(bundle.kyberPrekey, certificate),
    oneTime: bundle.oneTime === undefined ? null : checkOneTimeKey(bundle.oneTime),
    sealKey: verifySealKey(primitives, bundle.sealKey, certificate),
  };
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
  const { signedPrekey, lastResortKyber, sealKey, registrationId } = upload;
  const given = [signedPrekey, lastResortKyber, sealKey].filter((key) => key !== undefined).length;
  let keys: VerifiedKeyUpload['keys'] = null;
  if (given > 0) {
    requireRegistrationId(registrationId);
    verifySignedPrekey(signedPrekey, certificate);
    verifyKyberPrekey(lastResortKyber, certificate);
    verifySealKey(primitives, sealKey, certificate);
    keys = {
      registrationId,
      signedPrekey: toBinary(SignedKeySchema, signedPrekey as SignedKey),
      lastResortKyber: toBinary(SignedKeySchema, lastResortKyber as SignedKey),
      sealKey: toBinary(SealKeySchema, sealKey as SealKey),
    };
  }
  requireBatch(upload.oneTime, MAX_ONE_TIME, 'one-time keys');
  requireBatch(upload.oneTimeKyber, MAX_ONE_TIME_KYBER, 'one-time Kyber keys');
  const oneTime = upload.oneTime.map((key) => ({
    id: checkOneTimeKey(key).id,
    key: toBinary(OneTimeKeySchema, key),
  }));
  const oneTimeKyber = upload.oneTimeKyber.map((key) => ({
    id: verifyKyberPrekey(key, certificate).id,
    key: toBinary(SignedKeySchema, key),
  }));
  const deviceList =
    upload.deviceList === undefined
      ? null
      : verifyDeviceList(primitives, upload.deviceList, certificate.account, previousList);
  const list = deviceList ?? previousList;
  if (list !== undefined && findDevice(list, certificate) === null) {
    throw new IdentityError('wrong-device', "The device that publishes keys is not in its account's device list.");
  }
  return { keys, oneTime, oneTimeKyber, deviceList };
}

function verifySignedPrekey(key: SignedKey | undefined, certificate: VerifiedCertificate): VerifiedSignedKey {
  if (key === undefined) throw new IdentityError('malformed', 'The signed prekey is missing.');
  requireId(key.id, 'The signed prekey');
  requireIdentityKey(key.key, 'The signed prekey');
  return verifySignature(key, certificate, 'The signed prekey');
}

function verifyKyberPrekey(key: SignedKey | undefined, certificate: VerifiedCertificate): VerifiedSignedKey {
  if (key === undefined) throw new IdentityError('malformed', 'The Kyber prekey is missing.');
  requireId(key.id, 'The Kyber prekey');
  requireLength(key.key, KYBER_KEY_BYTES, 'The Kyber prekey');
  if (key.key[0] !== KYBER_KEY_TYPE) throw new IdentityError('malformed', 'The Kyber prekey is of an unknown type.');
  return verifySignature(key, certificate, 'The Kyber prekey');
}

/** XEdDSA over the key with its type byte (crypto.md, PQXDH section 3.2). */
function verifySignature(key: SignedKey, certificate: VerifiedCertificate, name: string): VerifiedSignedKey {
  requireLength(key.signature, 64, `${name}'s signature`);
  if (!xeddsaVerify(certificate.identityKey.subarray(1), key.key, key.signature)) {
    throw new IdentityError('bad-signature', `${name} is not signed by its device.`);
  }
  return { id: key.id, key: key.key, signature: key.signature };
}

function checkOneTimeKey(key: OneTimeKey): VerifiedOneTimeKey {
  requireId(key.id, 'A one-time key');
  requireIdentityKey(key.key, 'A one-time key');
  return { id: key.id, key: key.key };
}

const sealKeyLabel = utf8('sotto/seal-key/1');

/** What a device signs about its sealing key: "sotto/seal-key/1" | account | be32 device | be32 id | be64 until | key. */
export function sealKeyBytes(
  certificate: Pick<VerifiedCertificate, 'account' | 'device'>,
  sealKey: VerifiedSealKey,
): Uint8Array {
  const { account, device } = certificate;
  return concat(sealKeyLabel, account, be32(device), be32(sealKey.id), be64(sealKey.until), sealKey.key);
}

/** @throws IdentityError('malformed' | 'bad-signature') */
export function verifySealKey(
  primitives: Primitives,
  sealKey: SealKey | undefined,
  certificate: Pick<VerifiedCertificate, 'account' | 'device' | 'signingKey'>,
): VerifiedSealKey {
  if (sealKey === undefined) throw new IdentityError('malformed', 'The sealing key is missing.');
  requireId(sealKey.id, 'The sealing key');
  requireLength(sealKey.key, SEAL_KEY_BYTES, 'The sealing key');
  requireLength(sealKey.signature, 64, "The sealing key's signature");
  const verified = {
    id: sealKey.id,
    key: sealKey.key,
    until: requireSafeInteger(sealKey.until, "The sealing key's end"),
  };
  if (!primitives.ed25519.verify(certificate.signingKey, sealKeyBytes(certificate, verified), sealKey.signature)) {
    throw new IdentityError('bad-signature', 'The sealing key is not signed by its device.');
  }
  return verified;
}

function requireRegistrationId(id: number): void {
  if (id < 1 || id > MAX_REGISTRATION_ID) {
    throw new IdentityError('malformed', `A registration id must be from 1 to ${MAX_REGISTRATION_ID}.`);
  }
}

function requireId(id: number, name: string): void {
  if (id < 1) throw new IdentityError('malformed', `${name} has no id.`);
}

function requireBatch(keys: readonly { readonly id: number }[], most: number, name: string): void {
  if (keys.length > most) throw new IdentityError('malformed', `There are more than ${most} ${name}.`);
  if (new Set(keys.map(({ id }) => id)).size !== keys.length) {
    throw new IdentityError('malformed', `Two ${name} have the same id.`);
  }
}
