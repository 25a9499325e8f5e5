import { type DatabaseSync, type SQLOutputValue } from 'node:sqlite';
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

type Row = Record<string, SQLOutputValue>;

const CURVE = 0;
const KYBER = 1;

/** Published keys, and who may write to whom. Every method runs inside the caller's transaction; keeps nothing in memory. */
export class DirectoryTables {
  readonly #limits: StoreLimits;
  readonly #statements;

  constructor(database: DatabaseSync, limits: StoreLimits) {
    this.#limits = limits;
    this.#statements = {
      account: database.prepare('SELECT * FROM account WHERE account = ?'),
      setList: database.prepare(
        `INSERT INTO account (account, list_revision, list, devices) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (account) DO UPDATE SET list_revision = ?2, list = ?3, devices = ?4`,
      ),
      setAccess: database.prepare(
        `INSERT INTO account (account, capability_hash, previous_hash, previous_until, signed, signed_at, signed_device)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (account) DO UPDATE SET
           capability_hash = ?2, previous_hash = ?3, previous_until = ?4,
           signed = ?5, signed_at = ?6, signed_device = ?7`,
      ),
      unsign: database.prepare(
        `UPDATE account SET signed = NULL, signed_at = 0, signed_device = 0
         WHERE account = ?1 AND signed IS NOT NULL AND signed_device NOT IN (SELECT value FROM json_each(?2))`,
      ),
      setKeys: database.prepare('INSERT OR REPLACE INTO device_keys VALUES (?, ?, ?, ?, ?, ?)'),
      keys: database.prepare('SELECT * FROM device_keys WHERE account = ? AND device = ?'),
      addKeys: database.prepare('INSERT OR IGNORE INTO device_keys VALUES (?, ?, ?, ?, ?, ?)'),
      allKeys: database.prepare('SELECT * FROM device_keys WHERE account = ? ORDER BY device'),
      removeKeys: database.prepare(
        'DELETE FROM device_keys WHERE account = ? AND device NOT IN (SELECT value FROM json_each(?))',
      ),
      removeOneTime: database.prepare(
        'DELETE FROM one_time WHERE account = ? AND device NOT IN (SELECT value FROM json_each(?))',
      ),
      removeStates: database.prepare(
        'DELETE FROM device_state WHERE account = ? AND device NOT IN (SELECT value FROM json_each(?))',
      ),
      state: database.prepare('SELECT value FROM device_state WHERE account = ? AND device = ?'),
      setState: database.prepare('INSERT OR REPLACE INTO device_state VALUES (?, ?, ?)'),
      giveUpOneTime: database.prepare(
        'UPDATE one_time SET key = NULL WHERE account = ? AND device = ? AND key IS NOT NULL',
      ),
      addOneTime: database.prepare(
        'INSERT OR IGNORE INTO one_time (account, device, kyber, id, key) VALUES (?, ?, ?, ?, ?)',
      ),
      countOneTime: database.prepare(
        'SELECT count(*) AS count FROM one_time WHERE account = ? AND device = ? AND kyber = ? AND key IS NOT NULL',
      ),
      oldestOneTime: database.prepare(
        `SELECT number, key FROM one_time WHERE account = ? AND device = ? AND kyber = ? AND key IS NOT NULL
         ORDER BY number LIMIT 1`,
      ),
      giveOut: database.prepare('UPDATE one_time SET key = NULL WHERE number = ?'),
      token: database.prepare('SELECT spent FROM token WHERE account = ? AND hash = ?'),
      addToken: database.prepare('INSERT OR IGNORE INTO token VALUES (?, ?, 0)'),
      spendToken: database.prepare('UPDATE token SET spent = 1 WHERE account = ? AND hash = ?'),
      countTokens: database.prepare('SELECT count(*) AS count FROM token WHERE account = ? AND spent = 0'),
    };
  }

  publish({ mailbox, device, keys, oneTime, oneTimeKyber, replaceOneTime, deviceList }: PublishedKeys): KeyCountsOf {
    if (keys !== null) {
      const { registrationId, signedPrekey, lastResortKyber, sealKey } = keys;
      this.#statements.setKeys.run(mailbox, device, registrationId, signedPrekey, lastResortKyber, sealKey);
    }
    if (replaceOneTime) this.#statements.giveUpOneTime.run(mailbox, device);
    this.#addOneTime(mailbox, device, CURVE, oneTime, this.#limits.oneTimeKeys);
    this.#addOneTime(mailbox, device, KYBER, oneTimeKyber, this.#limits.oneTimeKyberKeys);
    if (deviceList !== null) this.#replaceList(mailbox, deviceList);
    return this.counts(mailbox, device);
  }

  counts(mailbox: Uint8Array, device: number): KeyCountsOf {
    return { oneTime: this.#held(mailbox, device, CURVE), oneTimeKyber: this.#held(mailbox, device, KYBER) };
  }

  claim(mailbox: Uint8Array, devices: readonly number[], oneTime: boolean): ClaimedBundle[] {
    const listed = this.#statements.account.get(mailbox)?.['devices'] as Uint8Array | null | undefined;
    const bundles: ClaimedBundle[] = [];
    for (const device of listed?.toSorted() ?? []) {
      if (devices.length > 0 && !devices.includes(device)) continue;
      const row = this.#statements.keys.get(mailbox, device);
      if (row === undefined) continue;
      bundles.push({
        device,
        keys: keysOf(row),
        oneTime: oneTime ? this.#giveOut(mailbox, device, CURVE) : null,
        oneTimeKyber: oneTime ? this.#giveOut(mailbox, device, KYBER) : null,
      });
    }
    return bundles;
  }

  access(mailbox: Uint8Array): Access | null {
    const row = this.#statements.account.get(mailbox);
    if (row === undefined || row['list'] === null) return null;
    return {
      deviceList: row['list'] as Uint8Array,
      deviceListRevision: Number(row['list_revision']),
      devices: [...(row['devices'] as Uint8Array)],
      capabilityHash: row['capability_hash'] as Uint8Array | null,
      previousHash: row['previous_hash'] as Uint8Array | null,
      previousUntil: Number(row['previous_until']),
    };
  }

  setAccess(mailbox: Uint8Array, access: AccessChange | null, tokenHashes: readonly Uint8Array[]): number | null {
    const newerAt = access === null ? null : this.#replaceAccess(mailbox, access, access.signed ?? null);
    let room = this.#limits.requestTokens - Number(this.#statements.countTokens.get(mailbox)!['count']);
    for (const hash of tokenHashes) {
      if (room <= 0) break;
      room -= Number(this.#statements.addToken.run(mailbox, hash).changes);
    }
    return newerAt;
  }

  compareState(mailbox: Uint8Array, device: number, expected: bigint, next: bigint): bigint {
    const row = this.#statements.state.get(mailbox, device);
    const value = row === undefined ? 0n : bytesView(row['value'] as Uint8Array).getBigUint64(0);
    if (value !== expected) return value;
    const bytes = new Uint8Array(8);
    bytesView(bytes).setBigUint64(0, next);
    this.#statements.setState.run(mailbox, device, bytes);
    return next;
  }

  tokenIsValid(mailbox: Uint8Array, tokenHash: Uint8Array): boolean {
    return this.#statements.token.get(mailbox, tokenHash)?.['spent'] === 0;
  }

  spendToken(mailbox: Uint8Array, tokenHash: Uint8Array): void {
    this.#statements.spendToken.run(mailbox, tokenHash);
  }

  record(mailbox: Uint8Array): AccountRecordKept | null {
    const row = this.#statements.account.get(mailbox);
    if (row === undefined || row['list'] === null) return null;
    const signed = row['signed'] as Uint8Array | null;
    return {
      mailbox,
      deviceList: {
        revision: Number(row['list_revision']),
        encoded: row['list'] as Uint8Array,
        devices: [...(row['devices'] as Uint8Array)],
      },
      devices: this.#statements.allKeys
        .all(mailbox)
        .map((keys) => ({ device: Number(keys['device']), keys: keysOf(keys) })),
      access:
        signed === null
          ? null
          : { at: Number(row['signed_at']), device: Number(row['signed_device']), encoded: signed },
    };
  }

  saveRecord({ mailbox, deviceList, devices, access }: AccountRecordKept, hashes: AccessHashes | null): void {
    this.#replaceList(mailbox, deviceList);
    const listed = this.#statements.account.get(mailbox)?.['devices'] as Uint8Array | null | undefined;
    for (const { device, keys } of devices) {
      if (listed?.includes(device) !== true) continue;
      const { registrationId, signedPrekey, lastResortKyber, sealKey } = keys;
      this.#statements.addKeys.run(mailbox, device, registrationId, signedPrekey, lastResortKyber, sealKey);
    }
    if (access !== null && hashes !== null) this.#replaceAccess(mailbox, hashes, access);
  }

  /** @returns null, or the time of the access that stands in the way */
  #replaceAccess(mailbox: Uint8Array, hashes: AccessHashes, signed: SignedAccessKept | null): number | null {
    const row = this.#statements.account.get(mailbox);
    const listed = row?.['devices'] as Uint8Array | null | undefined;
    if (signed !== null && listed?.includes(signed.device) === false) return null;
    const signedAt = Number(row?.['signed_at'] ?? 0);
    if (signed !== null && signed.at <= signedAt) {
      const held = row?.['signed'] as Uint8Array | null | undefined;
      return held && keyOf(held) === keyOf(signed.encoded) ? null : signedAt;
    }
    const { capabilityHash, previousHash, previousUntil } = hashes;
    const { encoded, at, device } = signed ?? { encoded: null, at: signedAt, device: 0 };
    this.#statements.setAccess.run(mailbox, capabilityHash, previousHash, previousUntil, encoded, at, device);
    return null;
  }

  #held(mailbox: Uint8Array, device: number, kind: number): number {
    return Number(this.#statements.countOneTime.get(mailbox, device, kind)!['count']);
  }

  #addOneTime(
    mailbox: Uint8Array,
    device: number,
    kind: number,
    entries: readonly OneTimeEntry[],
    limit: number,
  ): void {
    let room = limit - this.#held(mailbox, device, kind);
    for (const { id, key } of entries) {
      if (room <= 0) break;
      room -= Number(this.#statements.addOneTime.run(mailbox, device, kind, id, key).changes);
    }
  }

  #giveOut(mailbox: Uint8Array, device: number, kind: number): Uint8Array | null {
    const oldest = this.#statements.oldestOneTime.get(mailbox, device, kind);
    if (oldest === undefined) return null;
    this.#statements.giveOut.run(oldest['number']!);
    return oldest['key'] as Uint8Array;
  }

  #replaceList(mailbox: Uint8Array, list: NonNullable<PublishedKeys['deviceList']>): void {
    const held = this.#statements.account.get(mailbox)?.['list_revision'] ?? 0;
    if (list.revision <= Number(held)) return;
    this.#statements.setList.run(mailbox, list.revision, list.encoded, Uint8Array.from(list.devices));
    const listed = JSON.stringify(list.devices);
    this.#statements.removeKeys.run(mailbox, listed);
    this.#statements.removeOneTime.run(mailbox, listed);
    this.#statements.removeStates.run(mailbox, listed);
    // Its word is worth nothing any more, also where it was given for a time to come.
    this.#statements.unsign.run(mailbox, listed);
  }
}

const bytesView = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const keysOf = (row: Row): DeviceKeys => ({
  registrationId: Number(row['registration_id']),
  signedPrekey: row['signed_prekey'] as Uint8Array,
  lastResortKyber: row['last_resort_kyber'] as Uint8Array,
  sealKey: row['seal_key'] as Uint8Array,
});
