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

/** The account as this device has it. */
export interface OwnAccount {
  /** Ed25519, 32 B. */
  readonly publicKey: Uint8Array;
  /** 32 B, secret. null on a device that was linked: it cannot link or remove devices by itself (DEV-5). */
  readonly seed: Uint8Array | null;
}

/** Who this profile is. */
export class OwnIdentity {
  readonly account: OwnAccount;
  readonly address: string;
  readonly token: string;
  readonly device: DeviceKeys;
  /** 1..16,380; names this device in first messages. */
  readonly registrationId: number;
  /** Made to be thrown away: lives in memory only. */
  readonly ephemeral: boolean;
  readonly #database: Database;
  readonly #primitives: Primitives;
  readonly #firstList: Uint8Array;
  #deviceList: VerifiedDeviceList;

  constructor(database: Database, primitives: Primitives, record: IdentityRecord) {
    const { account, accountSeed, device, deviceList, registrationId, ephemeral } = record;
    this.account = { publicKey: account, seed: accountSeed };
    this.address = addressOf(account);
    this.token = tokenOf(primitives, account);
    this.device = device;
    this.registrationId = registrationId;
    this.ephemeral = ephemeral;
    this.#database = database;
    this.#primitives = primitives;
    this.#firstList = deviceList;
    this.#deviceList = this.#readList();
    database.onRollback(() => (this.#deviceList = this.#readList()));
  }

  /** The newest that this device knows; it changes while the engine runs. */
  get deviceList(): VerifiedDeviceList {
    return this.#deviceList;
  }

  /** A newer list of this account, verified against the one before. Inside a transaction. */
  adopt(list: VerifiedDeviceList): void {
    this.#database.setMeta(LIST_NAME, { list: list.encoded });
    this.#deviceList = list;
  }

  #readList(): VerifiedDeviceList {
    const kept = this.#database.getMeta(LIST_NAME) as { list: Uint8Array } | null;
    return verifyDeviceList(this.#primitives, kept?.list ?? this.#firstList, this.account.publicKey);
  }
}

interface IdentityRecord {
  readonly account: Uint8Array;
  readonly accountSeed: Uint8Array | null;
  readonly device: DeviceKeys;
  /** As it was when the profile was made. */
  readonly deviceList: Uint8Array;
  readonly registrationId: number;
  readonly ephemeral: boolean;
}

const NAME = 'identity';
const LIST_NAME = 'own-device-list';
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
  const { ephemeral } = options;
  writeDevice(database, random, { account: account.publicKey, accountSeed: account.seed, device, list, ephemeral });
  return account;
}

/** This profile's place among the devices of an account. @param given.accountSeed null: it is a linked device */
export function writeDevice(
  database: Database,
  random: Random,
  given: {
    readonly account: Uint8Array;
    readonly accountSeed: Uint8Array | null;
    readonly device: DeviceKeys;
    readonly list: VerifiedDeviceList;
    readonly ephemeral: boolean;
  },
): void {
  const { account, accountSeed, device, list, ephemeral } = given;
  const bytes = random(2);
  const registrationId = 1 + ((((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)) % MAX_REGISTRATION_ID);
  const record: IdentityRecord = {
    account,
    accountSeed,
    device,
    deviceList: list.encoded,
    registrationId,
    ephemeral,
  };
  database.setMeta(NAME, record);
}

/** null when no identity was created in this profile. */
export function readIdentity(database: Database, primitives: Primitives): OwnIdentity | null {
  const record = database.getMeta(NAME) as IdentityRecord | null;
  return record === null ? null : new OwnIdentity(database, primitives, record);
}
