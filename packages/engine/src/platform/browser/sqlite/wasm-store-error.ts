import { StoreError } from '../../../ports.ts';
import type { StoreErrorCode } from '../../../ports.ts';
import { takeQuotaReached } from './load-sqlite.ts';

/** SQLite's primary result codes (https://sqlite.org/rescode.html). */
const CODES: ReadonlyMap<number, StoreErrorCode> = new Map([
  [5, 'busy'],
  [6, 'busy'],
  [11, 'corrupt'],
  [13, 'disk-full'],
  [26, 'corrupt'],
]);

export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  if (!(error instanceof Error)) return new StoreError('failed', 'the database failed');
  const number = 'resultCode' in error && typeof error.resultCode === 'number' ? error.resultCode & 0xff : 0;
  const isFull = takeQuotaReached();
  return new StoreError(isFull ? 'disk-full' : (CODES.get(number) ?? 'failed'), error.message, { cause: error });
}
