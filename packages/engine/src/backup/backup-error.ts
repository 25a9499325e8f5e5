/**
 * Why a backup could not be made or read. The message says what it means and what to do.
 * - `not-a-backup`, `newer-version`, `wrong-passphrase`
 * - `damaged`: changed or cut somewhere
 * - `cancelled`
 */
export type BackupErrorCode = 'not-a-backup' | 'newer-version' | 'wrong-passphrase' | 'damaged' | 'cancelled';

export class BackupError extends Error {
  readonly code: BackupErrorCode;
  constructor(code: BackupErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BackupError';
    this.code = code;
  }
}

export const damaged = (): BackupError =>
  new BackupError(
    'damaged',
    'This backup is damaged: it was changed or cut. Nothing of it was taken over. Use another copy.',
  );

export const cancelled = (): BackupError => new BackupError('cancelled', 'Stopped. Nothing was changed.');
