import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { partitionOf } from '../partition-of.ts';
import { RelayStoreError, type RelayStoreErrorCode } from '../relay-store.ts';
import { APPLICATION_ID, MIGRATIONS } from './schema.ts';

export interface DatabaseOptions {
  readonly dataDir: string;
  /** Largest size of the database file; null: as the disk allows. */
  readonly maxFileBytes: number | null;
}

/** 2 kB bodies fit a page of this size, and a commit of 64 of them stays small. */
const PAGE_BYTES = 8_192;
/** Pages in the write-ahead log before they are moved into the database. */
const CHECKPOINT_PAGES = 4_000;
/** Beyond a limit of the file's size, for acknowledgements and expiry. */
const EXTRA_PAGES = 1_024;

export const databaseFile = (dataDir: string): string => join(dataDir, 'store.db');

/**
 * Opens the database for this process alone, and brings its schema up to date.
 * @throws RelayStoreError that names the file and says what to do.
 */
export function openDatabase(options: DatabaseOptions): DatabaseSync {
  const file = databaseFile(options.dataDir);
  let database: DatabaseSync | null = null;
  try {
    mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
    database = new DatabaseSync(file, { timeout: 0, enableForeignKeyConstraints: false });
    configure(database, options.maxFileBytes);
    migrate(database, file, MIGRATIONS);
    return database;
  } catch (error) {
    database?.close();
    throw error instanceof RelayStoreError ? error : openError(file, error);
  }
}

function configure(database: DatabaseSync, maxFileBytes: number | null): void {
  const set = (name: string, value: string | number): void => database.exec(`PRAGMA ${name}=${value}`);
  set('page_size', PAGE_BYTES);
  // The lock is held until close: nobody else can open the file, and no shared memory is needed (STORE-22).
  set('locking_mode', 'EXCLUSIVE');
  set('journal_mode', 'WAL');
  // A commit returns when the write-ahead log is on the disk (STORE-19); on macOS only F_FULLFSYNC means that.
  set('synchronous', 'FULL');
  set('fullfsync', 1);
  set('checkpoint_fullfsync', 1);
  set('wal_autocheckpoint', CHECKPOINT_PAGES);
  // Deleted rows are overwritten with zeros (STORE-24).
  set('secure_delete', 1);
  set('cache_size', -32_768);
  set('temp_store', 'MEMORY');
  allowExtraPages(database, maxFileBytes, false);
}

/** Sets the largest size of the file, `extra`: with some pages more, for what makes room in the end. */
export function allowExtraPages(database: DatabaseSync, maxFileBytes: number | null, extra: boolean): void {
  if (maxFileBytes === null) return;
  const pages = Math.max(1, Math.floor(maxFileBytes / PAGE_BYTES)) + (extra ? EXTRA_PAGES : 0);
  database.exec(`PRAGMA max_page_count=${pages}`);
}

/** Brings the schema from the file's version to the last of these steps, in one transaction. */
export function migrate(database: DatabaseSync, file: string, steps: readonly string[]): void {
  database.function('partition_of', { deterministic: true }, (account) => partitionOf(account as Uint8Array));
  // Takes the lock that keeps others out, even when there is nothing to change.
  database.exec('BEGIN IMMEDIATE');
  const version = pragma(database, 'user_version');
  const isEmpty = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.['count'] === 0;
  if (!isEmpty && pragma(database, 'application_id') !== APPLICATION_ID) {
    throw new RelayStoreError('damaged', `${file} belongs to another program: choose another data directory`);
  }
  if (version > steps.length) {
    throw new RelayStoreError(
      'newer',
      `${file} was written by a newer version of Sotto (schema ${version}; this one knows ${steps.length}): ` +
        'run that version, or choose another data directory',
    );
  }
  if (version < steps.length) {
    for (const step of steps.slice(version)) database.exec(step);
    database.exec(`PRAGMA application_id=${APPLICATION_ID}; PRAGMA user_version=${steps.length}`);
  }
  database.exec('COMMIT');
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
}

// Primary result codes: https://www.sqlite.org/rescode.html
const BUSY = 5;
const CORRUPT = 11;
const FULL = 13;
const NOT_A_DATABASE = 26;

const primaryCode = (error: unknown): number =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0;

function openError(file: string, error: unknown): RelayStoreError {
  const reason = error instanceof Error ? error.message : 'unknown reason';
  switch (primaryCode(error)) {
    case BUSY:
      return new RelayStoreError('in-use', `${file} is in use by another process: stop that node first`, {
        cause: error,
      });
    case CORRUPT:
    case NOT_A_DATABASE:
      return new RelayStoreError(
        'damaged',
        `${file} is damaged or not a database (${reason}): restore a copy, ` +
          'or move the file and those beside it away to start empty',
        { cause: error },
      );
    case FULL:
      return new RelayStoreError('disk-full', `no room to open ${file}: make room on the disk`, { cause: error });
    default:
      return new RelayStoreError('failed', `cannot open ${file}: ${reason}`, { cause: error });
  }
}

/** What a failed transaction is to the caller. Names no file and no content. */
export function callError(error: unknown): { code: RelayStoreErrorCode; message: string } {
  const reason = error instanceof Error ? error.message : 'unknown reason';
  switch (primaryCode(error)) {
    case FULL:
      return { code: 'disk-full', message: 'no room left on the disk for this' };
    case CORRUPT:
      return { code: 'damaged', message: `the store is damaged: ${reason}` };
    default:
      return { code: 'failed', message: `the store failed: ${reason}` };
  }
}
