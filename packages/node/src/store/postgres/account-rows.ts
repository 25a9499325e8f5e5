import { type Access, type AccessChange } from '../relay-store.ts';
import { type AccessHashes, type AccountRecordKept, type SignedAccessKept } from '../ring-store.ts';
import { type StoreLimits } from '../store-limits.ts';
import { byteaArray, int2Array } from './binary-array.ts';
import { type Connection } from './connection.ts';

/** The row of an account, locked by this transaction. */
export interface AccountRow {
  readonly mailbox: Uint8Array;
  readonly listRevision: number | null;
  /** One byte each. */
  readonly devices: Uint8Array | null;
  readonly signed: Uint8Array | null;
  readonly signedBy: number | null;
  readonly signedAt: number;
}

const COLUMNS = `mailbox, list_revision AS "listRevision", devices, signed, signed_by AS "signedBy", signed_at AS "signedAt"`;
const LOCK = {
  name: 'lock-account',
  text: `INSERT INTO account (mailbox) VALUES ($1::bytea) ON CONFLICT (mailbox) DO UPDATE SET mailbox = excluded.mailbox
    RETURNING ${COLUMNS}`,
};
const READ = {
  name: 'read-account',
  text: `SELECT list, list_revision AS "listRevision", devices, capability_hash AS "capabilityHash",
    previous_hash AS "previousHash", previous_until AS "previousUntil", signed, signed_by AS "signedBy",
    signed_at AS "signedAt" FROM account WHERE mailbox = $1::bytea AND list IS NOT NULL`,
};
const SET_LIST = {
  name: 'set-list',
  text: `UPDATE account SET list_revision = $2::int8, list = $3::bytea, devices = $4::bytea,
    signed = CASE WHEN $5 THEN NULL ELSE signed END, signed_by = CASE WHEN $5 THEN NULL ELSE signed_by END,
    signed_at = CASE WHEN $5 THEN 0 ELSE signed_at END WHERE mailbox = $1::bytea`,
};
const REMOVE_UNLISTED = ['device_keys', 'one_time', 'device_state'].map((table) => ({
  name: `remove-unlisted-${table}`,
  text: `DELETE FROM ${table} WHERE mailbox = $1::bytea AND device <> ALL ($2::int2[])`,
}));
const SET_ACCESS = {
  name: 'set-access',
  text: `UPDATE account SET capability_hash = $2::bytea, previous_hash = $3::bytea, previous_until = $4::int8,
    signed = $5::bytea, signed_by = $6::int2, signed_at = $7::int8 WHERE mailbox = $1::bytea`,
};
const COUNT_TOKENS = {
  name: 'count-tokens',
  text: 'SELECT count(*) AS count FROM token WHERE mailbox = $1::bytea AND NOT spent',
};
const UNKNOWN_TOKENS = {
  name: 'unknown-tokens',
  text: `SELECT w.ord FROM unnest($2::bytea[]) WITH ORDINALITY AS w (hash, ord)
    WHERE NOT EXISTS (SELECT FROM token t WHERE t.mailbox = $1::bytea AND t.hash = w.hash) ORDER BY w.ord`,
};
const ADD_TOKENS = {
  name: 'add-tokens',
  text: `INSERT INTO token (mailbox, hash) SELECT $1::bytea, w.hash FROM unnest($2::bytea[]) AS w (hash)
    ORDER BY w.hash ON CONFLICT DO NOTHING`,
};
const TOKEN = {
  name: 'token',
  text: 'SELECT spent FROM token WHERE mailbox = $1::bytea AND hash = $2::bytea',
};

type FullRow = Omit<AccountRow, 'mailbox'> &
  Pick<Access, 'capabilityHash' | 'previousHash' | 'previousUntil'> & { readonly list: Uint8Array };

/** Makes the account's row when there is none: who changes an account goes one after the other. */
export async function lockAccount(connection: Connection, mailbox: Uint8Array): Promise<AccountRow> {
  const [row] = await connection.run<AccountRow>(LOCK, [mailbox]);
  return row!;
}

export async function readAccess(connection: Connection, mailbox: Uint8Array): Promise<Access | null> {
  const [row] = await connection.run<FullRow>(READ, [mailbox]);
  if (row === undefined) return null;
  return {
    deviceList: row.list,
    deviceListRevision: row.listRevision!,
    devices: [...row.devices!],
    capabilityHash: row.capabilityHash,
    previousHash: row.previousHash,
    previousUntil: row.previousUntil,
  };
}

export async function readRecord(
  connection: Connection,
  mailbox: Uint8Array,
): Promise<Pick<AccountRecordKept, 'deviceList' | 'access'> | null> {
  const [row] = await connection.run<FullRow>(READ, [mailbox]);
  if (row === undefined) return null;
  const { signed, signedBy, signedAt } = row;
  return {
    deviceList: { revision: row.listRevision!, encoded: row.list, devices: [...row.devices!] },
    access: signed === null ? null : { at: signedAt, device: signedBy!, encoded: signed },
  };
}

/** @returns the row as it is then */
export async function replaceList(
  connection: Connection,
  row: AccountRow,
  list: AccountRecordKept['deviceList'],
): Promise<AccountRow> {
  if (list.revision <= (row.listRevision ?? 0)) return row;
  // With a device goes its word, also where it was given for a time to come.
  const dropsAccess = row.signed !== null && !list.devices.includes(row.signedBy!);
  const devices = Uint8Array.from(list.devices);
  await connection.run(SET_LIST, [row.mailbox, String(list.revision), list.encoded, devices, dropsAccess]);
  for (const statement of REMOVE_UNLISTED) await connection.run(statement, [row.mailbox, int2Array(list.devices)]);
  const access = dropsAccess ? { signed: null, signedBy: null, signedAt: 0 } : {};
  return { ...row, listRevision: list.revision, devices, ...access };
}

/** @returns as RelayStore.setAccess */
export async function replaceAccess(
  connection: Connection,
  row: AccountRow,
  hashes: AccessHashes,
  signed: SignedAccessKept | null,
): Promise<number | null> {
  if (signed !== null && row.devices?.includes(signed.device) === false) return null;
  if (signed !== null && signed.at <= row.signedAt) {
    const isSame = row.signed !== null && Buffer.compare(row.signed, signed.encoded) === 0;
    return isSame ? null : row.signedAt;
  }
  await connection.run(SET_ACCESS, [
    row.mailbox,
    hashes.capabilityHash,
    hashes.previousHash,
    String(hashes.previousUntil),
    signed?.encoded ?? null,
    signed === null ? null : String(signed.device),
    String(signed?.at ?? row.signedAt),
  ]);
  return null;
}

export async function setAccess(
  connection: Connection,
  limits: StoreLimits,
  mailbox: Uint8Array,
  access: AccessChange | null,
  tokenHashes: readonly Uint8Array[],
): Promise<number | null> {
  const row = await lockAccount(connection, mailbox);
  const newerAt = access === null ? null : await replaceAccess(connection, row, access, access.signed ?? null);
  if (tokenHashes.length === 0) return newerAt;
  const [held] = await connection.run<{ count: number }>(COUNT_TOKENS, [mailbox]);
  const distinct = [...new Map(tokenHashes.map((hash) => [Buffer.from(hash).toString('latin1'), hash])).values()];
  const unknown = await connection.run<{ ord: number }>(UNKNOWN_TOKENS, [mailbox, byteaArray(distinct)]);
  const room = Math.max(0, limits.requestTokens - held!.count);
  const added = unknown.slice(0, room).map(({ ord }) => distinct[ord - 1]!);
  if (added.length > 0) await connection.run(ADD_TOKENS, [mailbox, byteaArray(added)]);
  return newerAt;
}

export async function tokenIsValid(connection: Connection, mailbox: Uint8Array, hash: Uint8Array): Promise<boolean> {
  const [row] = await connection.run<{ spent: boolean }>(TOKEN, [mailbox, hash]);
  return row?.spent === false;
}
