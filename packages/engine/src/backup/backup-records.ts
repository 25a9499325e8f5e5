/** The inside of a backup: records, each with its length before it. What each says: docs/protocol/backup.md. */
import { be32, concat } from '@sotto/protocol/crypto';
import { decodeRecord, encodeRecord } from '../store/record-encoding.ts';
import { damaged } from './backup-error.ts';

/** A value of a column, as the database has it. */
export type Cell = null | number | string | Uint8Array;

/** The account, and what its devices need to know to go on. */
export interface AccountRecord {
  readonly kind: 'account';
  /** Database version that the rows are of. */
  readonly schema: number;
  /** ms since 1970 */
  readonly madeAt: number;
  readonly account: Uint8Array;
  /** null: made on a linked device, which does not hold it. */
  readonly seed: Uint8Array | null;
  /** The newest list of its devices that was known, signed; numbers up to its highest were given out. */
  readonly deviceList: Uint8Array;
}

/** A sealed value of its own, by name: profile and settings. */
interface MetaRecord {
  readonly kind: 'meta';
  readonly name: string;
  readonly value: object;
}

/** A row of a table; `sealed` opened. */
export interface RowRecord {
  readonly kind: 'row';
  readonly table: string;
  readonly columns: Readonly<Record<string, Cell>>;
  readonly sealed?: object;
}

/** The list of a contact's devices, so that an older one is refused after a restore as well. */
interface DevicesRecord {
  readonly kind: 'devices';
  readonly account: Uint8Array;
  readonly value: object;
}

/** Always the last. */
interface EndRecord {
  readonly kind: 'end';
  readonly counts: BackupCounts;
}

export interface BackupCounts {
  readonly contacts: number;
  readonly messages: number;
  readonly records: number;
}

export type BackupRecord = AccountRecord | MetaRecord | RowRecord | DevicesRecord | EndRecord;

/** One row is a message of 48 kB and what belongs to it, at most. */
const MAX_RECORD = 1 << 20;

export function encodeBackupRecord(record: BackupRecord): Uint8Array {
  const bytes = encodeRecord(record);
  return concat(be32(bytes.length), bytes);
}

/** Takes chunks as they come, gives whole records. */
export class RecordReader {
  #rest: Uint8Array = new Uint8Array(0);

  /** @throws BackupError('damaged') */
  *push(chunk: Uint8Array): Generator<BackupRecord> {
    let bytes = this.#rest.length === 0 ? chunk : concat(this.#rest, chunk);
    while (bytes.length >= 4) {
      const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
      if (length > MAX_RECORD) throw damaged();
      if (bytes.length < 4 + length) break;
      yield parse(bytes.subarray(4, 4 + length));
      bytes = bytes.subarray(4 + length);
    }
    this.#rest = bytes.slice();
  }

  get isEmpty(): boolean {
    return this.#rest.length === 0;
  }
}

function parse(bytes: Uint8Array): BackupRecord {
  try {
    const record = decodeRecord(bytes) as Partial<BackupRecord> | null;
    if (typeof record === 'object' && record !== null && typeof record.kind === 'string') return record as BackupRecord;
  } catch {
    // Said below.
  }
  throw damaged();
}
