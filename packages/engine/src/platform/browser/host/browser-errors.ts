import { EngineError } from '../../../api.ts';
import { BackupError } from '../../../backup/backup-error.ts';
import { asEngineError } from '../../../engine-errors.ts';
import { StoreError } from '../../../ports.ts';
import { OwnerLost } from '../../../rpc/rpc-calls.ts';
import { NoStorage } from '../no-storage.ts';
import type { ProfileFailure } from '../profile-client.ts';
import type { SentenceName } from '../../../sentences/sentences.ts';
import { inWords, say } from '../../../sentences/say.ts';

/** Of a profile that could not be opened: the state it is in now. */
export function failureState(error: unknown): { kind: 'failed'; code: ProfileFailure; text: string } {
  const code = failureCode(error);
  return { kind: 'failed', code, text: say(`failure-${code}`).text };
}

/** A schema ahead of this program, a key or a leading tab of another version. */
const OTHER_VERSION: ReadonlySet<string> = new Set([
  'profile-newer-version',
  'browser-newer-version',
  'browser-other-version',
] satisfies SentenceName[]);

function failureCode(error: unknown): ProfileFailure {
  if (error instanceof StoreError) {
    if (error.code === 'disk-full' || error.code === 'corrupt') return error.code;
  }
  if (error instanceof EngineError && error.code === 'disk-full') return 'disk-full';
  if (error instanceof NoStorage) return 'no-storage';
  if (error instanceof EngineError && error.said?.some(({ name }) => OTHER_VERSION.has(name)) === true) return 'newer';
  return 'failed';
}

/** What the page is told of an error, in words that fit a browser. */
export function asBrowserError(error: unknown): Error {
  if (error instanceof OwnerLost) return error;
  if (error instanceof BackupError) return backupError(error);
  if (error instanceof StoreError) {
    if (error.code === 'disk-full') {
      return new EngineError('disk-full', say('browser-disk-full'), true, { cause: error });
    }
    return new EngineError('failed', say('browser-database-unusable'), error.code === 'busy', { cause: error });
  }
  return asEngineError(error);
}

function backupError(error: BackupError): EngineError {
  const code = error.code === 'wrong-passphrase' ? 'not-allowed' : error.code === 'cancelled' ? 'closed' : 'bad-input';
  return new EngineError(code, inWords(error.message, say(`backup-${error.code}`)), false, { cause: error });
}
