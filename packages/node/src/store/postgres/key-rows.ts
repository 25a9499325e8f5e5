import {
  type ClaimedBundle,
  type DeviceKeys,
  type KeyCountsOf,
  type OneTimeEntry,
  type PublishedKeys,
} from '../relay-store.ts';
import { type StoreLimits } from '../store-limits.ts';
import { byteaArray, int2Array, int8Array } from './binary-array.ts';
import { type Connection } from './connection.ts';
import { lockAccount, replaceList } from './account-rows.ts';

const KEYS = `device, registration_id AS "registrationId", signed_prekey AS "signedPrekey",
  last_resort_kyber AS "lastResortKyber", seal_key AS "sealKey"`;
const INSERT_KEYS = `INSERT INTO device_keys (mailbox, device, registration_id, signed_prekey, last_resort_kyber, seal_key)
  VALUES ($1::bytea, $2::int2, $3::int8, $4::bytea, $5::bytea, $6::bytea) ON CONFLICT (mailbox, device)`;
const SET_KEYS = {
  name: 'set-keys',
  text: `${INSERT_KEYS} DO UPDATE SET registration_id = excluded.registration_id, signed_prekey = excluded.signed_prekey,
    last_resort_kyber = excluded.last_resort_kyber, seal_key = excluded.seal_key`,
};
const ADD_KEYS = { name: 'add-keys', text: `${INSERT_KEYS} DO NOTHING` };
const READ_KEYS = {
  name: 'read-keys',
  text: `SELECT ${KEYS} FROM device_keys WHERE mailbox = $1::bytea ORDER BY device`,
};
const LISTED = {
  name: 'listed-devices',
  text: 'SELECT devices FROM account WHERE mailbox = $1::bytea AND list IS NOT NULL',
};
const COUNT = {
  name: 'count-one-time',
  text: `SELECT count(*) FILTER (WHERE NOT kyber) AS "oneTime", count(*) FILTER (WHERE kyber) AS "oneTimeKyber"
    FROM one_time WHERE mailbox = $1::bytea AND device = $2::int2 AND key IS NOT NULL`,
};
const GIVE_UP = {
  name: 'give-up-one-time',
  text: `UPDATE one_time SET key = NULL WHERE mailbox = $1::bytea AND device = $2::int2 AND key IS NOT NULL`,
};
const KNOWN_IDS = {
  name: 'known-one-time',
  text: `SELECT id FROM one_time WHERE mailbox = $1::bytea AND device = $2::int2 AND kyber = $3 AND id = ANY ($4::int8[])`,
};
const ADD_ONE_TIME = {
  name: 'add-one-time',
  text: `INSERT INTO one_time (mailbox, device, kyber, id, key)
    SELECT $1::bytea, $2::int2, $3::bool, w.id, w.key FROM unnest($4::int8[], $5::bytea[]) AS w (id, key)`,
};
// One key of each kind for each device, oldest first. Who comes at the same time gets the next ones.
const CLAIM = {
  name: 'claim-one-time',
  text: `UPDATE one_time o SET key = NULL FROM (
      SELECT c.number, c.device, c.kyber, c.key
      FROM unnest($2::int2[]) AS w (device) CROSS JOIN (VALUES (false), (true)) AS kind (kyber)
      CROSS JOIN LATERAL (
        SELECT number, device, kyber, key FROM one_time h
        WHERE h.mailbox = $1::bytea AND h.device = w.device AND h.kyber = kind.kyber AND h.key IS NOT NULL
        ORDER BY h.number LIMIT 1 FOR UPDATE SKIP LOCKED) AS c) AS claimed
    WHERE o.number = claimed.number RETURNING claimed.device, claimed.kyber, claimed.key`,
};
const STATE = {
  name: 'device-state',
  text: 'SELECT value::text AS value FROM device_state WHERE mailbox = $1::bytea AND device = $2::int2',
};
const SET_STATE = {
  name: 'set-device-state',
  text: `INSERT INTO device_state (mailbox, device, value) VALUES ($1::bytea, $2::int2, $3::numeric)
    ON CONFLICT (mailbox, device) DO UPDATE SET value = excluded.value`,
};

type KeysRow = DeviceKeys & { readonly device: number };

export async function publish(
  connection: Connection,
  limits: StoreLimits,
  { mailbox, device, keys, oneTime, oneTimeKyber, replaceOneTime, deviceList }: PublishedKeys,
): Promise<KeyCountsOf> {
  const row = await lockAccount(connection, mailbox);
  const of = [mailbox, String(device)] as const;
  if (keys !== null) await connection.run(SET_KEYS, keyParameters(mailbox, device, keys));
  if (replaceOneTime) await connection.run(GIVE_UP, of);
  const held = await countKeys(connection, mailbox, device);
  await addOneTime(connection, of, false, oneTime, limits.oneTimeKeys - held.oneTime);
  await addOneTime(connection, of, true, oneTimeKyber, limits.oneTimeKyberKeys - held.oneTimeKyber);
  if (deviceList !== null) await replaceList(connection, row, deviceList);
  return countKeys(connection, mailbox, device);
}

export async function countKeys(connection: Connection, mailbox: Uint8Array, device: number): Promise<KeyCountsOf> {
  const [counts] = await connection.run<KeyCountsOf>(COUNT, [mailbox, String(device)]);
  return counts!;
}

/** @param devices empty: all that are listed */
export async function claim(
  connection: Connection,
  mailbox: Uint8Array,
  devices: readonly number[],
  oneTime: boolean,
): Promise<ClaimedBundle[]> {
  const [account] = await connection.run<{ devices: Uint8Array }>(LISTED, [mailbox]);
  if (account === undefined) return [];
  const isWanted = ({ device }: KeysRow): boolean =>
    account.devices.includes(device) && (devices.length === 0 || devices.includes(device));
  const keys = (await connection.run<KeysRow>(READ_KEYS, [mailbox])).filter(isWanted);
  const claimed =
    oneTime && keys.length > 0
      ? await connection.run<{ device: number; kyber: boolean; key: Uint8Array }>(CLAIM, [
          mailbox,
          int2Array(keys.map(({ device }) => device)),
        ])
      : [];
  const claimedOf = (device: number, kyber: boolean): Uint8Array | null =>
    claimed.find((one) => one.device === device && one.kyber === kyber)?.key ?? null;
  return keys.map(({ device, ...rest }) => ({
    device,
    keys: rest,
    oneTime: claimedOf(device, false),
    oneTimeKyber: claimedOf(device, true),
  }));
}

export async function readKeys(
  connection: Connection,
  mailbox: Uint8Array,
): Promise<{ device: number; keys: DeviceKeys }[]> {
  const rows = await connection.run<KeysRow>(READ_KEYS, [mailbox]);
  return rows.map(({ device, ...keys }) => ({ device, keys }));
}

/** Where there are none. */
export async function addKeys(
  connection: Connection,
  mailbox: Uint8Array,
  device: number,
  keys: DeviceKeys,
): Promise<void> {
  await connection.run(ADD_KEYS, keyParameters(mailbox, device, keys));
}

export async function compareState(
  connection: Connection,
  mailbox: Uint8Array,
  device: number,
  expected: bigint,
  next: bigint,
): Promise<bigint> {
  await lockAccount(connection, mailbox);
  const [row] = await connection.run<{ value: string }>(STATE, [mailbox, String(device)]);
  const value = row === undefined ? 0n : BigInt(row.value);
  if (value !== expected) return value;
  await connection.run(SET_STATE, [mailbox, String(device), String(next)]);
  return next;
}

async function addOneTime(
  connection: Connection,
  of: readonly [mailbox: Uint8Array, device: string],
  kyber: boolean,
  entries: readonly OneTimeEntry[],
  room: number,
): Promise<void> {
  if (entries.length === 0 || room <= 0) return;
  const ids = int8Array(entries.map(({ id }) => id));
  const rows = await connection.run<{ id: number }>(KNOWN_IDS, [...of, kyber, ids]);
  const known = new Set(rows.map(({ id }) => id));
  const added: OneTimeEntry[] = [];
  for (const entry of entries) {
    if (added.length >= room) break;
    if (known.has(entry.id)) continue;
    known.add(entry.id);
    added.push(entry);
  }
  if (added.length === 0) return;
  const keys = byteaArray(added.map(({ key }) => key));
  await connection.run(ADD_ONE_TIME, [...of, kyber, int8Array(added.map(({ id }) => id)), keys]);
}

const keyParameters = (mailbox: Uint8Array, device: number, keys: DeviceKeys) => [
  mailbox,
  String(device),
  String(keys.registrationId),
  keys.signedPrekey,
  keys.lastResortKyber,
  keys.sealKey,
];
