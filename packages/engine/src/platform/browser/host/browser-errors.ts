import { EngineError } from '../../../api.ts';
import { BackupError } from '../../../backup/backup-error.ts';
import { asEngineError } from '../../../engine-errors.ts';
import { StoreError } from '../../../ports.ts';
import { OwnerLost } from '../../../rpc/rpc-calls.ts';
import { NoStorage } from '../no-storage.ts';
import type { ProfileFailure } from '../profile-client.ts';

const NOTHING_LOST = 'Nothing that was written is lost.';

/** Of a profile that could not be opened: the state it is in now. */
export function failureState(error: unknown): { kind: 'failed'; code: ProfileFailure; text: string } {
  const code = failureCode(error);
  return { kind: 'failed', code, text: FAILURES[code] };
}

function failureCode(error: unknown): ProfileFailure {
  if (error instanceof StoreError) {
    if (error.code === 'disk-full' || error.code === 'corrupt') return error.code;
  }
  if (error instanceof EngineError && error.code === 'disk-full') return 'disk-full';
  if (error instanceof NoStorage) return 'no-storage';
  // The database's schema is ahead of this program.
  if (error instanceof EngineError && /newer version/.test(error.message)) return 'newer';
  return 'failed';
}

const FAILURES: Readonly<Record<ProfileFailure, string>> = {
  'no-storage':
    'This browser gives Sotto no place to keep anything: it is a private window, or storage for this site is switched off. Open the page in an ordinary window, or allow storage for this site; or use a private session, which is gone when its tab is closed.',
  corrupt:
    'What this browser keeps of your profile is damaged, or was not written by Sotto. It cannot be opened. Erase it here, then restore a backup or take up your account with the recovery phrase.',
  'disk-full': `There is no more room: the disk is full, or the browser gives this site no more. ${NOTHING_LOST} Make room, then reload the page.`,
  newer:
    'Another tab runs a different version of Sotto, or a newer one has used this profile. Nothing was changed. Close all other tabs of Sotto, then reload this one.',
  failed: `The profile could not be opened. ${NOTHING_LOST} Reload the page; if that does not help, restart the browser.`,
};

/** What the page is told of an error, in words that fit a browser. */
export function asBrowserError(error: unknown): Error {
  if (error instanceof OwnerLost) return error;
  if (error instanceof BackupError) return backupError(error);
  if (error instanceof StoreError) {
    if (error.code === 'disk-full') {
      const words =
        'There is no more room in this browser. Nothing was changed. Make room on the disk, then try again.';
      return new EngineError('disk-full', words, true, { cause: error });
    }
    const words = `The database of this profile cannot be used just now. ${NOTHING_LOST} Reload the page, then try again.`;
    return new EngineError('failed', words, error.code === 'busy', { cause: error });
  }
  return asEngineError(error);
}

function backupError(error: BackupError): EngineError {
  const code = error.code === 'wrong-passphrase' ? 'not-allowed' : error.code === 'cancelled' ? 'closed' : 'bad-input';
  return new EngineError(code, error.message, false, { cause: error });
}
