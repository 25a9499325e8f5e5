import type { Primitives } from '@sotto/protocol/crypto';
import { verifyBundle, verifyDeviceList, type VerifiedDeviceList } from '@sotto/protocol/identity';
import { verifyAccess } from '@sotto/protocol/ring';
import {
  type AccountRecord,
  AccountRecordSchema,
  create,
  decodeDeviceList,
  decodeKyberPrekey,
  decodeSealKey,
  decodeSignedPrekey,
  decodeStrict,
  type DeviceKeysRecord,
  encode,
  PrekeyBundleSchema,
  SealKeySchema,
  type SignedAccess,
  SignedAccessSchema,
  SignedKeySchema,
} from '@sotto/protocol/wire';
import type { DeviceKeys } from '../../store/relay-store.ts';
import type { AccessHashes, AccountRecordKept, SignedAccessKept } from '../../store/ring-store.ts';

/** A record whose signatures all hold. */
export interface VerifiedRecord {
  readonly record: AccountRecordKept;
  /** The hashes in `record.access`. */
  readonly access: AccessHashes | null;
  /** Who signed that. */
  readonly accessDevice: number | null;
}

const MAX_SIGNED_ACCESS = 512;

/** What is sent to another node. @param kept null: nobody of that key has keys here */
export function recordMessage(account: Uint8Array, kept: AccountRecordKept | null): AccountRecord {
  if (kept === null) return create(AccountRecordSchema, { account });
  const message = create(AccountRecordSchema, {
    account,
    deviceList: decodeDeviceList(kept.deviceList.encoded),
    devices: kept.devices.map(({ device, keys }) => ({
      device,
      registrationId: keys.registrationId,
      signedPrekey: decodeSignedPrekey(keys.signedPrekey),
      lastResortKyber: decodeKyberPrekey(keys.lastResortKyber),
      sealKey: decodeSealKey(keys.sealKey),
    })),
  });
  if (kept.access !== null) {
    message.access = decodeStrict(SignedAccessSchema, kept.access.encoded, MAX_SIGNED_ACCESS);
  }
  return message;
}

/**
 * Checks what another node says of an account: everything in it was signed by the account (RING-27).
 * @returns null when that node does not know the account
 * @throws IdentityError, WireError when it is not what an honest node sends
 */
export function verifyRecord(
  primitives: Primitives,
  account: Uint8Array,
  { deviceList, devices, access }: AccountRecord,
): VerifiedRecord | null {
  if (deviceList === undefined) return null;
  const list = verifyDeviceList(primitives, deviceList, account);
  const signed = access === undefined ? null : signedHashes(primitives, account, list, access);
  return {
    record: {
      mailbox: account,
      deviceList: {
        revision: list.revision,
        encoded: list.encoded,
        devices: list.devices.map(({ device }) => device),
      },
      devices: devices.flatMap((keys) => verifiedKeys(primitives, list, keys)),
      access: signed === null ? null : keptAccess(access!),
    },
    access: signed,
    accessDevice: signed === null ? null : access!.device,
  };
}

/** As a store keeps it. @param access verified */
export const keptAccess = (access: SignedAccess): SignedAccessKept => ({
  at: Number(access.at),
  device: access.device,
  encoded: encode(SignedAccessSchema, access),
});

/**
 * What counts of several records of one account: access that a device of the newest list signed, and not for a time to
 * come. Else one home with an old list would let a device that was removed say who may write (RING-27).
 * @param latestMs later ones could never be replaced
 */
export function agreeing(records: readonly VerifiedRecord[], latestMs: number): readonly VerifiedRecord[] {
  const lists = records.map(({ record }) => record.deviceList);
  const newest = lists.reduce((a, b) => (b.revision > a.revision ? b : a), lists[0]!);
  return records.map((one) => {
    const { record, accessDevice } = one;
    if (record.access === null || accessDevice === null) return one;
    if (newest.devices.includes(accessDevice) && record.access.at <= latestMs) return one;
    return { record: { ...record, access: null }, access: null, accessDevice: null };
  });
}

/** null: the device that signed it has left the list since. */
function signedHashes(
  primitives: Primitives,
  account: Uint8Array,
  list: VerifiedDeviceList,
  access: SignedAccess,
): AccessHashes | null {
  const certificate = list.devices.find(({ device }) => device === access.device);
  if (certificate === undefined) return null;
  if (!verifyAccess(primitives, access, { account, signingKey: certificate.signingKey })) {
    throw new Error('access that its device did not sign');
  }
  return hashesOf(access);
}

export const hashesOf = ({ capabilityHash, previousHash, previousUntil }: SignedAccess): AccessHashes => ({
  capabilityHash,
  previousHash: previousHash.length === 0 ? null : previousHash,
  previousUntil: Number(previousUntil),
});

function verifiedKeys(
  primitives: Primitives,
  list: VerifiedDeviceList,
  { device, registrationId, signedPrekey, lastResortKyber, sealKey }: DeviceKeysRecord,
): { device: number; keys: DeviceKeys }[] {
  const certificate = list.devices.find((listed) => listed.device === device);
  // Of a device that has left the list since.
  if (certificate === undefined) return [];
  const bundle = create(PrekeyBundleSchema, { device, registrationId });
  const parts = { ...bundle, signedPrekey: signedPrekey!, kyberPrekey: lastResortKyber!, sealKey: sealKey! };
  verifyBundle(primitives, parts, certificate);
  const keys = {
    registrationId,
    signedPrekey: encode(SignedKeySchema, signedPrekey!),
    lastResortKyber: encode(SignedKeySchema, lastResortKyber!),
    sealKey: encode(SealKeySchema, sealKey!),
  };
  return [{ device, keys }];
}
