import { RelayStoreError } from '../relay-store.ts';

/** SQLSTATE, or the code of a system error; '' when there is none. https://www.postgresql.org/docs/15/errcodes-appendix.html */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

export const SQLSTATE = {
  diskFull: '53100',
  deadlock: '40P01',
  serialization: '40001',
  lockNotAvailable: '55P03',
  noPartition: '23514',
  undefinedTable: '42P01',
  duplicateTable: '42P07',
  readOnly: '25006',
} as const;

/** The same transaction may go through when it is tried again at once. */
export const isTransient = (error: unknown): boolean =>
  codeOf(error) === SQLSTATE.deadlock || codeOf(error) === SQLSTATE.serialization;

/**
 * Of a server that is starting, stopping, crashed, out of connections or memory, a standby by now, or that a lock was
 * not had within its time: others may have come meanwhile.
 */
const AWAY = /^(08...|57P0[1-5]|57014|53[0-4]..|25P0[34]|25006|55P03|40P01|40001|58030|XX000)$/;
/** Errors of sockets and name resolution. */
const SYSTEM = /^(E[A-Z]{3,}[A-Z0-9_]*)$/;

/** The database could not be asked, or did not answer in time: what became of the call is unknown. */
export const away = (why: string, cause?: unknown): RelayStoreError =>
  new RelayStoreError('away', `the database is away: ${why}`, cause === undefined ? undefined : { cause });

/** What an operator can do something about. */
const REMEDIES: readonly (readonly [code: RegExp, text: string])[] = [
  [/^28...$/, 'it does not let this user in: check user and password'],
  [/^3D000$/, 'there is no such database; create it first'],
  [/^42501$/, 'this user may not create a schema there; make it the owner of the database'],
];

/**
 * What a failed call is to its caller. Names no content: PostgreSQL quotes values in `detail` and `where` only, which
 * are left out.
 */
export function callError(error: unknown): RelayStoreError {
  if (error instanceof RelayStoreError) return error;
  const code = codeOf(error);
  const reason = error instanceof Error ? error.message : 'unknown reason';
  if (code === SQLSTATE.diskFull || code === 'ENOSPC') {
    return new RelayStoreError('disk-full', 'no room left on the disk of the database for this');
  }
  const remedy = REMEDIES.find(([codes]) => codes.test(code));
  if (remedy !== undefined) return new RelayStoreError('failed', remedy[1]);
  // The driver's own errors of a connection that ended have no code.
  if (AWAY.test(code) || SYSTEM.test(code) || /connection|timeout/i.test(code === '' ? reason : '')) {
    return away(code === '' ? reason : `${reason} (${code})`);
  }
  return new RelayStoreError('failed', `the database refused: ${reason}${code === '' ? '' : ` (${code})`}`);
}
