import { create, decodeStrict, encode } from '../wire/index.ts';
import { StoredRecordSchema } from '../wire/gen/session_pb.js';
import { MAX_ARCHIVED_SESSIONS } from './limits.ts';
import { RatchetError } from './ratchet-error.ts';
import { checkStoredVersion, decodeSession, encodeSession, MAX_SESSION_BYTES, readStored } from './session-encoding.ts';
import type { SessionRecord } from './session-record.ts';

/** Version of StoredRecord. */
const VERSION = 1;
const MAX_RECORD_BYTES = (2 * MAX_ARCHIVED_SESSIONS + 1) * (MAX_SESSION_BYTES + 8);
const NONE = new Uint8Array(0);

/** The bytes in which a record is stored. They hold secrets: the store seals them. */
export function encodeRecord(record: SessionRecord): Uint8Array {
  const stored = create(StoredRecordSchema, {
    version: VERSION,
    current: record.current === null ? NONE : encodeSession(record.current),
    archived: [...record.archived],
    retired: [...record.retired],
  });
  return encode(StoredRecordSchema, stored);
}

/**
 * The record in these bytes. The current session is checked now, archived ones when they are needed.
 * @throws RatchetError 'bad-state', 'unknown-version'
 */
export function decodeRecord(bytes: Uint8Array): SessionRecord {
  const stored = readStored(() => decodeStrict(StoredRecordSchema, bytes, MAX_RECORD_BYTES));
  checkStoredVersion(stored.version, VERSION);
  if (stored.archived.length > MAX_ARCHIVED_SESSIONS || stored.retired.length > MAX_ARCHIVED_SESSIONS) {
    throw new RatchetError('bad-state', 'too many archived sessions');
  }
  return {
    current: stored.current.length === 0 ? null : decodeSession(stored.current),
    archived: stored.archived.map((session) => session.slice()),
    retired: stored.retired.map((session) => session.slice()),
  };
}
