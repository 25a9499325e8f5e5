/** Everything of a profile that a backup holds, record by record, out of one consistent state of the database. */
import { verifyDeviceList } from '@sotto/protocol/identity';
import { readIdentity } from '../account/identity-store.ts';
import { EngineError } from '../api.ts';
import type { ContactRecord } from '../contacts/contacts.ts';
import { OWN_STREAMS, ownStreams } from '../devices/own-streams.ts';
import type { Platform } from '../ports.ts';
import type { Database } from '../store/database.ts';
import { toHex } from '../store/hex.ts';
import { SCHEMA_VERSION } from '../store/schema.ts';
import type { BackupRecord, Cell } from './backup-records.ts';
import { say } from '../sentences/say.ts';

/** Rows of a turn. */
const PAGE = 500;
/** Not sessions, prekeys, sealing keys or outbox: ratchet state is never restored (crypto.md), a new device starts its own. */
export const TABLES = {
  contact: { key: 'id', where: 'status <= 3' },
  message: { key: 'position', where: 'contact IN (SELECT id FROM contact WHERE status <= 3)' },
  amendment: { key: 'number', where: 'contact IN (SELECT id FROM contact WHERE status <= 3)' },
  stream: { key: 'rowid', where: 'contact IN (SELECT id FROM contact WHERE status <= 3)' },
} as const;
export type BackupTable = keyof typeof TABLES;
/** Sealed values that belong to the account and not to the device. */
export const METAS = ['profile', 'device-names', OWN_STREAMS];

/** How many there are, for the progress. */
export function countRecords(database: Database): { contacts: number; messages: number } {
  const count = (table: 'contact' | 'message'): number =>
    Number(database.store.get(`SELECT count(*) AS n FROM ${table} WHERE ${TABLES[table].where}`)?.['n'] ?? 0);
  return { contacts: count('contact'), messages: count('message') };
}

/**
 * @throws EngineError('not-found') without an identity; StoreError('corrupt') when a row is damaged: a backup that
 * leaves out something without saying so would be worse than none
 */
export function* exportRecords(database: Database, platform: Platform): Generator<BackupRecord> {
  const own = readIdentity(database, platform.primitives);
  if (own === null) throw new EngineError('not-found', say('identity-none-backup'));
  yield {
    kind: 'account',
    schema: SCHEMA_VERSION,
    madeAt: platform.clock.now(),
    account: own.account.publicKey,
    seed: own.account.seed,
    deviceList: own.deviceList.encoded,
  };
  for (const name of METAS) {
    const value = name === OWN_STREAMS ? { streams: ownStreams(database, own.device.device) } : database.getMeta(name);
    if (value !== null) yield { kind: 'meta', name, value: value as object };
  }
  for (const table of ['contact', 'stream', 'message', 'amendment'] as const)
    yield* rowsOf(database, table, own.device.device);
  yield* deviceLists(database, platform);
}

function* rowsOf(database: Database, table: BackupTable, ownDevice: number): Generator<BackupRecord> {
  if (table === 'stream') {
    // Without a row id of its own, and small.
    for (const row of database.store.all(`SELECT * FROM stream WHERE ${TABLES.stream.where}`)) {
      // What this device counted is to the restored one what another own device counted (Ordering).
      const columns = { ...row, device: row['device'] === 0 ? -ownDevice : row['device'] };
      yield { kind: 'row', table, columns: columns as Record<string, Cell> };
    }
    return;
  }
  const { key, where } = TABLES[table];
  for (let after = -1; ;) {
    const rows = database.store.all(
      `SELECT * FROM ${table} WHERE ${key} > ? AND ${where} ORDER BY ${key} LIMIT ?`,
      after,
      PAGE,
    );
    // Where a message was stored is of interest until it arrives.
    for (const { sealed, tag: _tag, stored_nodes: _storedNodes, ...columns } of rows) {
      after = Number(columns[key]);
      const opened = database.rows.openRecord(table, after, sealed) as object;
      yield { kind: 'row', table, columns: columns as Record<string, Cell>, sealed: opened };
    }
    if (rows.length < PAGE) return;
  }
}

function* deviceLists(database: Database, { primitives }: Platform): Generator<BackupRecord> {
  for (const row of database.store.all(`SELECT id, sealed FROM contact WHERE ${TABLES.contact.where}`)) {
    const { account } = database.rows.openRecord('contact', Number(row['id']), row['sealed']) as ContactRecord;
    const tag = database.rows.tag('devices', account);
    const sealed = database.store.get('SELECT sealed FROM device_list WHERE tag = ?', tag)?.['sealed'];
    if (sealed === undefined) continue;
    const value = database.rows.openRecord('device_list', toHex(tag), sealed) as { list: Uint8Array };
    // Nothing is kept that would stop the restored profile from starting.
    verifyDeviceList(primitives, value.list, account);
    yield { kind: 'devices', account, value };
  }
}
