/** The account's and the device's secret keys, as one sealed row that never changes. */
import {
  accountFromSeed,
  createAccount,
  createDevice,
  signDeviceList,
  verifyDeviceList,
} from '@sotto/protocol/identity';
import { addressOf, seedFromPhrase, tokenOf } from '@sotto/protocol/identity';
import type { AccountKeys, DeviceKeys, VerifiedDeviceList } from '@sotto/protocol/identity';
import type { Clock, Primitives, Random } from '../ports.ts';
import type { Database } from '../store/database.ts';

/** Who this profile is. */
export interface OwnIdentity {
  readonly account: AccountKeys;
  readonly address: string;
  readonly token: string;
  readonly device: DeviceKeys;
  readonly deviceList: VerifiedDeviceList;
  /** 1..16,380; names this device in first messages. */
  readonly registrationId: number;
  /** Made to be thrown away: lives in memory only. */
  readonly ephemeral: boolean;
}

interface IdentityRecord {
  readonly accountSeed: Uint8Array;
  readonly device: DeviceKeys;
  readonly deviceList: Uint8Array;
  readonly registrationId: number;
  readonly ephemeral: boolean;
}

const NAME = 'identity';
const MAX_REGISTRATION_ID = 16_380;

/**
 * Makes a new account, or takes one up again from its recovery phrase, with this as its first device.
 * @throws IdentityError when the phrase is wrong, StoreError
 */
export function writeIdentity(
  database: Database,
  platform: { primitives: Primitives; random: Random; clock: Clock },
  options: { readonly phrase: string | null; readonly ephemeral: boolean },
): AccountKeys {
  const { primitives, random } = platform;
  const nowMs = platform.clock.now();
  const account =
    options.phrase === null
      ? createAccount(primitives, random)
      : accountFromSeed(primitives, seedFromPhrase(options.phrase));
  const device = createDevice(primitives, random, account, 1, nowMs);
  const list = signDeviceList(primitives, account, { certificates: [device.certificate], previous: null, nowMs });
  const bytes = random(2);
  const registrationId = 1 + ((((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)) % MAX_REGISTRATION_ID);
  const record: IdentityRecord = {
    accountSeed: account.seed,
    device,
    deviceList: list.encoded,
    registrationId,
    ephemeral: options.ephemeral,
  };
  database.setMeta(NAME, record);
  return account;
}

/** null when no identity was created in this profile. */
export function readIdentity(database: Database, primitives: Primitives): OwnIdentity | null {
  const record = database.getMeta(NAME) as IdentityRecord | null;
  if (record === null) return null;
  const account = accountFromSeed(primitives, record.accountSeed);
  return {
    account,
    address: addressOf(account.publicKey),
    token: tokenOf(primitives, account.publicKey),
    device: record.device,
    deviceList: verifyDeviceList(primitives, record.deviceList, account.publicKey),
    registrationId: record.registrationId,
    ephemeral: record.ephemeral,
  };
}
