/** The account's and the device's secret keys, as one sealed row that does not change once this device is listed. */
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
  /** 1..16,380; names this device in first messages. */
  readonly registrationId: number;
  /** Made to be thrown away: lives in memory only. */
  readonly ephemeral: boolean;
  readonly #database: Database;
  readonly #primitives: Primitives;
  #record: IdentityRecord;
  #deviceList: VerifiedDeviceList;

  constructor(database: Database, primitives: Primitives, record: IdentityRecord) {
    const { account, accountSeed, registrationId, ephemeral } = record;
    this.account = { publicKey: account, seed: accountSeed };
    this.address = addressOf(account);
    this.token = tokenOf(primitives, account);
    this.registrationId = registrationId;
    this.ephemeral = ephemeral;
    this.#database = database;
    this.#primitives = primitives;
    this.#record = record;
    this.#deviceList = this.#readList();
    database.onRollback(() => {
      this.#record = (database.getMeta(NAME) as IdentityRecord | null) ?? record;
      this.#deviceList = this.#readList();
    });
  }

  /** Settled once this device is in the account's list: before, nothing of it has left this device. */
  get device(): DeviceKeys {
    return this.#record.device;
  }

  /** The account was taken up again here, and its list does not have this device yet (joining.ts). */
  get joining(): Joining | null {
    return this.#record.joining ?? null;
  }

  /** Other keys, another number, or no joining any more. Inside a transaction. */
  settle(device: DeviceKeys, list: VerifiedDeviceList, joining: Joining | null): void {
    const { joining: _before, ...rest } = this.#record;
    const record = { ...rest, device, deviceList: list.encoded, ...(joining === null ? {} : { joining }) };
    this.#database.setMeta(NAME, record);
    this.#record = record;
    this.adopt(list);
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
    return verifyDeviceList(this.#primitives, kept?.list ?? this.#record.deviceList, this.account.publicKey);
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
  readonly joining?: Joining;
}

/** What is to be done when the node is reached. */
export interface Joining {
  /** The newest list known before, of a backup; its numbers were given out. null: none. */
  readonly known: Uint8Array | null;
  /** The account's other devices leave its list. */
  readonly revokeOthers: boolean;
}

const NAME = 'identity';
const LIST_NAME = 'own-device-list';
const MAX_REGISTRATION_ID = 16_380;

/**
 * Makes a new account, with this as its first device, or takes one up again from its recovery phrase.
 * @throws IdentityError when the phrase is wrong, StoreError
 */
export function writeIdentity(
  database: Database,
  platform: { primitives: Primitives; random: Random; clock: Clock },
  options: { readonly phrase: string | null; readonly ephemeral: boolean },
): AccountKeys {
  const { primitives, random } = platform;
  const nowMs = platform.clock.now();
  if (options.phrase !== null) {
    const account = accountFromSeed(primitives, seedFromPhrase(options.phrase));
    writeJoining(database, platform, { account, known: null, revokeOthers: false, ephemeral: options.ephemeral });
    return account;
  }
  const account = createAccount(primitives, random);
  const device = createDevice(primitives, random, account, 1, nowMs);
  const list = signDeviceList(primitives, account, { certificates: [device.certificate], previous: null, nowMs });
  const { ephemeral } = options;
  writeDevice(database, random, { account: account.publicKey, accountSeed: account.seed, device, list, ephemeral });
  return account;
}

/**
 * An account that there is already, on a device that it does not list yet. What can be known offline is taken for
 * granted until the node is reached: the number after the highest known. Inside a transaction.
 * @throws IdentityError when no further device can be listed
 */
export function writeJoining(
  database: Database,
  { primitives, random, clock }: { primitives: Primitives; random: Random; clock: Clock },
  wanted: Joining & { readonly account: AccountKeys; readonly ephemeral: boolean },
): void {
  const { account, known, revokeOthers, ephemeral } = wanted;
  const previous = known === null ? null : verifyDeviceList(primitives, known, account.publicKey);
  const { device, list } = nextDevice(primitives, random, account, previous, revokeOthers, clock.now());
  const { publicKey, seed } = account;
  writeDevice(
    database,
    random,
    { account: publicKey, accountSeed: seed, device, list, ephemeral },
    { known, revokeOthers },
  );
}

/** A device with a number that was never given out, and the list that has it. @throws IdentityError */
export function nextDevice(
  primitives: Primitives,
  random: Random,
  account: AccountKeys,
  previous: VerifiedDeviceList | null,
  revokeOthers: boolean,
  nowMs: number,
): { device: DeviceKeys; list: VerifiedDeviceList } {
  const device = createDevice(primitives, random, account, (previous?.highestDevice ?? 0) + 1, nowMs);
  const kept = revokeOthers || previous === null ? [] : previous.devices.map(({ encoded }) => encoded);
  const list = signDeviceList(primitives, account, { certificates: [...kept, device.certificate], previous, nowMs });
  return { device, list };
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
  joining: Joining | null = null,
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
    ...(joining === null ? {} : { joining }),
  };
  database.setMeta(NAME, record);
}

/** null when no identity was created in this profile. */
export function readIdentity(database: Database, primitives: Primitives): OwnIdentity | null {
  const record = database.getMeta(NAME) as IdentityRecord | null;
  return record === null ? null : new OwnIdentity(database, primitives, record);
}
