import { checkCount, checkLength, checkRange, required } from './checks.ts';
import { decodeStrict } from './decode-strict.ts';
import { checkDeviceList } from './identity-message.ts';
import {
  KeyUploadSchema,
  OneTimeKeySchema,
  PrekeyBundleSchema,
  SealKeySchema,
  SignedKeySchema,
} from './gen/keys_pb.js';
import type { KeyUpload, OneTimeKey, PrekeyBundle, SealKey, SignedKey } from './gen/keys_pb.js';
import { MAX_BUNDLE, MAX_DEVICE, MAX_ONE_TIME_KEYS, MAX_ONE_TIME_KYBER_KEYS, MAX_PACKET } from './limits.ts';

// Shape only (WIRE-4): lengths and ranges. Signatures are checked by identity.

/** 0x05 | Curve25519, and 0x08 | Kyber-1024. */
const CURVE_KEY = 33;
const KYBER_KEY = 1569;
/** X-Wing. */
const SEAL_KEY = 1216;
const MAX_REGISTRATION_ID = 16_380;

export function checkSignedKey(message: SignedKey, keyLength: number, field: string): void {
  checkLength(message.key, keyLength, `${field}.key`);
  checkLength(message.signature, 64, `${field}.signature`);
}

function checkOneTimeKey(message: OneTimeKey): void {
  checkLength(message.key, CURVE_KEY, 'OneTimeKey.key');
}

export function checkSealKey(message: SealKey): void {
  checkLength(message.key, SEAL_KEY, 'SealKey.key');
  checkLength(message.signature, 64, 'SealKey.signature');
}

/** @throws WireError */
export function decodeSignedPrekey(bytes: Uint8Array): SignedKey {
  const message = decodeStrict(SignedKeySchema, bytes, MAX_BUNDLE);
  checkSignedKey(message, CURVE_KEY, 'SignedKey');
  return message;
}

/** @throws WireError */
export function decodeKyberPrekey(bytes: Uint8Array): SignedKey {
  const message = decodeStrict(SignedKeySchema, bytes, MAX_BUNDLE);
  checkSignedKey(message, KYBER_KEY, 'SignedKey');
  return message;
}

/** @throws WireError */
export function decodeOneTimeKey(bytes: Uint8Array): OneTimeKey {
  const message = decodeStrict(OneTimeKeySchema, bytes, MAX_BUNDLE);
  checkOneTimeKey(message);
  return message;
}

/** @throws WireError */
export function decodeSealKey(bytes: Uint8Array): SealKey {
  const message = decodeStrict(SealKeySchema, bytes, MAX_BUNDLE);
  checkSealKey(message);
  return message;
}

export function checkKeyUpload(message: KeyUpload): void {
  checkRange(message.registrationId, 1, MAX_REGISTRATION_ID, 'KeyUpload.registration_id');
  if (message.signedPrekey !== undefined) checkSignedKey(message.signedPrekey, CURVE_KEY, 'KeyUpload.signed_prekey');
  if (message.lastResortKyber !== undefined) {
    checkSignedKey(message.lastResortKyber, KYBER_KEY, 'KeyUpload.last_resort_kyber');
  }
  if (message.sealKey !== undefined) checkSealKey(message.sealKey);
  checkCount(message.oneTime, MAX_ONE_TIME_KEYS, 'KeyUpload.one_time');
  for (const key of message.oneTime) checkOneTimeKey(key);
  checkCount(message.oneTimeKyber, MAX_ONE_TIME_KYBER_KEYS, 'KeyUpload.one_time_kyber');
  for (const key of message.oneTimeKyber) checkSignedKey(key, KYBER_KEY, 'KeyUpload.one_time_kyber');
  if (message.deviceList !== undefined) checkDeviceList(message.deviceList);
}

/** @throws WireError */
export function decodeKeyUpload(bytes: Uint8Array): KeyUpload {
  const message = decodeStrict(KeyUploadSchema, bytes, MAX_PACKET);
  checkKeyUpload(message);
  return message;
}

export function checkBundle(message: PrekeyBundle): void {
  checkRange(message.device, 1, MAX_DEVICE, 'PrekeyBundle.device');
  checkRange(message.registrationId, 1, MAX_REGISTRATION_ID, 'PrekeyBundle.registration_id');
  checkSignedKey(required(message.signedPrekey, 'PrekeyBundle.signed_prekey'), CURVE_KEY, 'PrekeyBundle.signed_prekey');
  checkSignedKey(required(message.kyberPrekey, 'PrekeyBundle.kyber_prekey'), KYBER_KEY, 'PrekeyBundle.kyber_prekey');
  if (message.oneTime !== undefined) checkOneTimeKey(message.oneTime);
  checkSealKey(required(message.sealKey, 'PrekeyBundle.seal_key'));
}

/** @throws WireError */
export function decodeBundle(bytes: Uint8Array): PrekeyBundle {
  const message = decodeStrict(PrekeyBundleSchema, bytes, MAX_BUNDLE);
  checkBundle(message);
  return message;
}
