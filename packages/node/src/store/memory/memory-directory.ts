import {
  type Access,
  type AccessChange,
  type ClaimedBundle,
  type DeviceKeys,
  type KeyCountsOf,
  type OneTimeEntry,
  type PublishedKeys,
} from '../relay-store.ts';
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
  access: AccessChange | null;
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
    if (keys !== null) {
      published.keys = {
        registrationId: keys.registrationId,
        signedPrekey: keys.signedPrekey.slice(),
        lastResortKyber: keys.lastResortKyber.slice(),
        sealKey: keys.sealKey.slice(),
      };
    }
    if (replaceOneTime) for (const held of [published.oneTime, published.oneTimeKyber]) giveUp(held);
    add(published.oneTime, oneTime, this.#limits.oneTimeKeys);
    add(published.oneTimeKyber, oneTimeKyber, this.#limits.oneTimeKyberKeys);
    if (deviceList !== null && deviceList.revision > (account.list?.revision ?? 0)) {
      account.list = { ...deviceList, encoded: deviceList.encoded.slice(), devices: deviceList.devices.slice() };
      for (const number of account.devices.keys()) {
        if (!deviceList.devices.includes(number)) account.devices.delete(number);
      }
    }
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

  setAccess(mailbox: Uint8Array, access: AccessChange, tokenHashes: readonly Uint8Array[]): void {
    const account = this.#accountOf(mailbox);
    account.access = {
      capabilityHash: access.capabilityHash.slice(),
      previousHash: access.previousHash?.slice() ?? null,
      previousUntil: access.previousUntil,
    };
    let unspent = 0;
    for (const spent of account.tokens.values()) if (!spent) unspent++;
    for (const hash of tokenHashes) {
      const key = keyOf(hash);
      if (account.tokens.has(key) || unspent >= this.#limits.requestTokens) continue;
      account.tokens.set(key, false);
      unspent++;
    }
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

  #accountOf(mailbox: Uint8Array): Account {
    const key = keyOf(mailbox);
    let account = this.#accounts.get(key);
    if (account === undefined) {
      account = { list: null, access: null, devices: new Map(), tokens: new Map() };
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
