import {
  type Access,
  type AccessChange,
  type ClaimedBundle,
  type DeviceKeys,
  type KeyCountsOf,
  type OneTimeEntry,
  type PublishedKeys,
} from '../relay-store.ts';
import { type AccessHashes, type AccountRecordKept, type SignedAccessKept } from '../ring-store.ts';
import { type StoreLimits } from '../store-limits.ts';
import { keyOf } from '../key-of.ts';

/** One-time keys by id; null: given out already, kept so that the id is never taken again. */
type OneTimeKeys = Map<number, Uint8Array | null>;

interface Device {
  keys: DeviceKeys | null;
  state: bigint;
  readonly oneTime: OneTimeKeys;
  readonly oneTimeKyber: OneTimeKeys;
}

interface Account {
  list: { readonly revision: number; readonly encoded: Uint8Array; readonly devices: readonly number[] } | null;
  access: AccessHashes | null;
  /** Of the hashes above; null: those are not signed. */
  signed: SignedAccessKept | null;
  /** Of the latest access that was. */
  signedAt: number;
  readonly devices: Map<number, Device>;
  /** Token hash to whether it is spent. */
  readonly tokens: Map<string, boolean>;
}

/** Published keys, and who may write to whom. */
export class MemoryDirectory {
  readonly #limits: StoreLimits;
  readonly #accounts = new Map<string, Account>();

  constructor(limits: StoreLimits) {
    this.#limits = limits;
  }

  publish({ mailbox, device, keys, oneTime, oneTimeKyber, replaceOneTime, deviceList }: PublishedKeys): KeyCountsOf {
    const account = this.#accountOf(mailbox);
    const published = deviceOf(account, device);
    if (keys !== null) published.keys = copyOf(keys);
    if (replaceOneTime) for (const held of [published.oneTime, published.oneTimeKyber]) giveUp(held);
    add(published.oneTime, oneTime, this.#limits.oneTimeKeys);
    add(published.oneTimeKyber, oneTimeKyber, this.#limits.oneTimeKyberKeys);
    if (deviceList !== null) replaceList(account, deviceList);
    return this.counts(mailbox, device);
  }

  counts(mailbox: Uint8Array, device: number): KeyCountsOf {
    const published = this.#accounts.get(keyOf(mailbox))?.devices.get(device);
    return { oneTime: held(published?.oneTime), oneTimeKyber: held(published?.oneTimeKyber) };
  }

  claim(mailbox: Uint8Array, devices: readonly number[], oneTime: boolean): ClaimedBundle[] {
    const account = this.#accounts.get(keyOf(mailbox));
    const bundles: ClaimedBundle[] = [];
    for (const device of account?.list?.devices.toSorted((a, b) => a - b) ?? []) {
      if (devices.length > 0 && !devices.includes(device)) continue;
      const published = account?.devices.get(device);
      if (published === undefined || published.keys === null) continue;
      bundles.push({
        device,
        keys: published.keys,
        oneTime: oneTime ? giveOut(published.oneTime) : null,
        oneTimeKyber: oneTime ? giveOut(published.oneTimeKyber) : null,
      });
    }
    return bundles;
  }

  access(mailbox: Uint8Array): Access | null {
    const account = this.#accounts.get(keyOf(mailbox));
    if (account === undefined || account.list === null) return null;
    return {
      deviceList: account.list.encoded,
      deviceListRevision: account.list.revision,
      devices: account.list.devices,
      capabilityHash: account.access?.capabilityHash ?? null,
      previousHash: account.access?.previousHash ?? null,
      previousUntil: account.access?.previousUntil ?? 0,
    };
  }

  setAccess(mailbox: Uint8Array, access: AccessChange | null, tokenHashes: readonly Uint8Array[]): number | null {
    const account = this.#accountOf(mailbox);
    const newerAt = access === null ? null : replaceAccess(account, access, access.signed ?? null);
    let unspent = 0;
    for (const spent of account.tokens.values()) if (!spent) unspent++;
    for (const hash of tokenHashes) {
      const key = keyOf(hash);
      if (account.tokens.has(key) || unspent >= this.#limits.requestTokens) continue;
      account.tokens.set(key, false);
      unspent++;
    }
    return newerAt;
  }

  compareState(mailbox: Uint8Array, device: number, expected: bigint, next: bigint): bigint {
    const kept = deviceOf(this.#accountOf(mailbox), device);
    if (kept.state === expected) kept.state = next;
    return kept.state;
  }

  tokenIsValid(mailbox: Uint8Array, tokenHash: Uint8Array): boolean {
    return this.#accounts.get(keyOf(mailbox))?.tokens.get(keyOf(tokenHash)) === false;
  }

  spendToken(mailbox: Uint8Array, tokenHash: Uint8Array): void {
    this.#accountOf(mailbox).tokens.set(keyOf(tokenHash), true);
  }

  record(mailbox: Uint8Array): AccountRecordKept | null {
    const account = this.#accounts.get(keyOf(mailbox));
    if (account === undefined || account.list === null) return null;
    const devices: { device: number; keys: DeviceKeys }[] = [];
    for (const [device, { keys }] of account.devices) if (keys !== null) devices.push({ device, keys });
    devices.sort((a, b) => a.device - b.device);
    return { mailbox: mailbox.slice(), deviceList: account.list, devices, access: account.signed };
  }

  saveRecord({ mailbox, deviceList, devices, access }: AccountRecordKept, hashes: AccessHashes | null): void {
    const account = this.#accountOf(mailbox);
    replaceList(account, deviceList);
    for (const { device, keys } of devices) {
      if (account.list?.devices.includes(device) !== true) continue;
      deviceOf(account, device).keys ??= copyOf(keys);
    }
    if (access !== null && hashes !== null) replaceAccess(account, hashes, access);
  }

  #accountOf(mailbox: Uint8Array): Account {
    const key = keyOf(mailbox);
    let account = this.#accounts.get(key);
    if (account === undefined) {
      account = { list: null, access: null, signed: null, signedAt: 0, devices: new Map(), tokens: new Map() };
      this.#accounts.set(key, account);
    }
    return account;
  }
}

function deviceOf(account: Account, number: number): Device {
  let device = account.devices.get(number);
  if (device === undefined) {
    device = { keys: null, state: 0n, oneTime: new Map(), oneTimeKyber: new Map() };
    account.devices.set(number, device);
  }
  return device;
}

const copyOf = (keys: DeviceKeys): DeviceKeys => ({
  registrationId: keys.registrationId,
  signedPrekey: keys.signedPrekey.slice(),
  lastResortKyber: keys.lastResortKyber.slice(),
  sealKey: keys.sealKey.slice(),
});

function replaceList(account: Account, list: AccountRecordKept['deviceList']): void {
  if (list.revision <= (account.list?.revision ?? 0)) return;
  account.list = { ...list, encoded: list.encoded.slice(), devices: list.devices.slice() };
  for (const number of account.devices.keys()) {
    if (!list.devices.includes(number)) account.devices.delete(number);
  }
  // Its word is worth nothing any more, also where it was given for a time to come.
  if (account.signed === null || list.devices.includes(account.signed.device)) return;
  account.signed = null;
  account.signedAt = 0;
}

/** @returns null, or the time of the access that stands in the way */
function replaceAccess(account: Account, hashes: AccessHashes, signed: SignedAccessKept | null): number | null {
  if (signed !== null && account.list?.devices.includes(signed.device) === false) return null;
  if (signed !== null && signed.at <= account.signedAt) {
    const isSame = account.signed !== null && keyOf(account.signed.encoded) === keyOf(signed.encoded);
    return isSame ? null : account.signedAt;
  }
  account.access = {
    capabilityHash: hashes.capabilityHash.slice(),
    previousHash: hashes.previousHash?.slice() ?? null,
    previousUntil: hashes.previousUntil,
  };
  account.signed = signed === null ? null : { ...signed, encoded: signed.encoded.slice() };
  account.signedAt = signed?.at ?? account.signedAt;
  return null;
}

function giveUp(keys: OneTimeKeys): void {
  for (const id of keys.keys()) keys.set(id, null);
}

function held(keys: OneTimeKeys | undefined): number {
  let count = 0;
  for (const key of keys?.values() ?? []) if (key !== null) count++;
  return count;
}

function add(keys: OneTimeKeys, entries: readonly OneTimeEntry[], limit: number): void {
  let count = held(keys);
  for (const { id, key } of entries) {
    if (keys.has(id) || count >= limit) continue;
    keys.set(id, key.slice());
    count++;
  }
}

// Oldest first: a Map keeps the order of insertion, and setting an existing id keeps its place.
function giveOut(keys: OneTimeKeys): Uint8Array | null {
  for (const [id, key] of keys) {
    if (key === null) continue;
    keys.set(id, null);
    return key;
  }
  return null;
}
