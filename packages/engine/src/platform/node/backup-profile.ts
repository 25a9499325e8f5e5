import { existsSync, rmSync } from 'node:fs';
import { BackupError } from '../../backup/backup-error.ts';
import { verifyBackup } from '../../backup/read-backup.ts';
import { restoreProfile } from '../../backup/restore-profile.ts';
import type { RestoreOptions } from '../../backup/restore-profile.ts';
import { noteBackup } from '../../backup/last-backup.ts';
import { writeBackup } from '../../backup/write-backup.ts';
import type { BackupSummary, WriteOptions } from '../../backup/write-backup.ts';
import { EngineError } from '../../api.ts';
import { asEngineError } from '../../engine-errors.ts';
import { StoreError } from '../../ports.ts';
import type { Platform } from '../../ports.ts';
import { Database } from '../../store/database.ts';
import { BackupTarget, openBackup } from './backup-file.ts';
import { unlockDatabaseKey } from './keys/database-key.ts';
import type { AskPassphrase } from './keys/database-key.ts';
import { OwnerLock } from './owner-lock.ts';
import { openProfile, openProfileBeside } from './profile.ts';
import { prepareProfileDirectory } from './profile-directory.ts';
import type { ProfilePaths } from './profile-directory.ts';

export { BackupError };
export type { BackupErrorCode } from '../../backup/backup-error.ts';
export type { BackupProgress, BackupSummary } from '../../backup/write-backup.ts';

/**
 * Writes a backup of the profile in `directory`, and restores it for trial before it takes its name (BAK-5, BAK-6).
 * The profile may be in use meanwhile: what is written is its state of one moment.
 * @throws BackupError, EngineError, ProfileError
 */
export async function backUpProfile(
  directory: string,
  path: string,
  options: WriteOptions & { readonly ask: AskPassphrase | null; readonly force: boolean },
): Promise<BackupSummary & { readonly bytes: number }> {
  const paths = prepareProfileDirectory(directory);
  if (!existsSync(paths.database)) throw new EngineError('not-found', `There is no profile in ${directory}.`);
  const key = await unlockDatabaseKey(paths, options.ask);
  const profile = openProfileBeside(paths, key);
  try {
    const target = await BackupTarget.create(path, options.force);
    try {
      const written = await writeBackup(profile.platform, target, options);
      await verifyBackup(profile.platform, await target.readBack(), written, options);
      const bytes = await target.size();
      await target.commit();
      note(profile.platform, written);
      return { ...written, bytes };
    } catch (error) {
      await target.discard();
      throw error instanceof StoreError ? asEngineError(error) : error;
    }
  } finally {
    profile.close();
    key?.key.fill(0);
  }
}

/** The backup is there in any case. */
function note(platform: Platform, written: BackupSummary): void {
  try {
    noteBackup(new Database(platform), written);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}

/**
 * Makes a profile in `directory` out of a backup. It becomes a device of the account when its engine first reaches
 * the node. All or nothing: what fails leaves no profile behind.
 * @throws BackupError, EngineError, ProfileError
 */
export async function restoreBackup(directory: string, path: string, options: RestoreOptions): Promise<BackupSummary> {
  const input = await openBackup(path);
  try {
    const paths = prepareProfileDirectory(directory);
    const made = [paths.database, paths.databaseKey].filter((file) => !existsSync(file));
    const profile = openProfile(directory);
    let isWhole = false;
    try {
      const summary = await restoreProfile(profile.platform, input, options);
      isWhole = true;
      return summary;
    } catch (error) {
      throw withOption(error instanceof StoreError ? asEngineError(error) : error);
    } finally {
      profile.close();
      if (!isWhole && made.includes(paths.database)) remove(paths, made);
    }
  } finally {
    await input.close();
  }
}

/** What is missing is given to a command by an option. */
function withOption(error: unknown): unknown {
  if (!(error instanceof EngineError) || error.code !== 'not-allowed') return error;
  return new EngineError(error.code, `${error.message} (--phrase-file FILE)`, error.retry, { cause: error });
}

/** The files of a profile that was just begun, unless somebody took it meanwhile. */
function remove(paths: ProfilePaths, files: readonly string[]): void {
  const lock = OwnerLock.tryTake(paths.lock);
  if (lock === null) return;
  try {
    for (const file of files) {
      for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
    }
  } finally {
    lock.release();
  }
}
