import { accessSync, chmodSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { ProfileError } from './profile-error.ts';

/** The files of a profile. Only the owner's account can read them (mode 0700 and 0600 where the system has modes). */
export interface ProfilePaths {
  readonly directory: string;
  /** The engine's database. */
  readonly database: string;
  /** 32 B that seal its rows. */
  readonly databaseKey: string;
  /** Held locked by the process that owns the profile (RPC-1). */
  readonly lock: string;
  /** Where the owner listens, and the secret that its clients show (RPC-2). */
  readonly owner: string;
}

/** `--profile`, else SOTTO_PROFILE, else `default` under the user's data directory. Absolute. */
export function profileDirectory(given: string | undefined, environment: NodeJS.ProcessEnv = process.env): string {
  const chosen = given ?? environment['SOTTO_PROFILE'];
  if (chosen !== undefined && chosen !== '') return resolve(chosen);
  return join(envPaths('sotto', { suffix: '' }).data, 'default');
}

export function profilePaths(directory: string): ProfilePaths {
  return {
    directory,
    database: join(directory, 'sotto.db'),
    databaseKey: join(directory, 'database.key'),
    lock: join(directory, 'owner.lock'),
    owner: join(directory, 'owner.json'),
  };
}

/**
 * Makes the directory if it is not there, private to its user, and checks that one can write in it.
 * @throws ProfileError('not-writable')
 */
export function prepareProfileDirectory(directory: string): ProfilePaths {
  try {
    makeDirectories(directory);
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/,.*/, '') : 'failed';
    throw new ProfileError(
      'not-writable',
      `The profile directory ${directory} cannot be written to (${reason}). Choose another with --profile or SOTTO_PROFILE.`,
      { cause: error },
    );
  }
  makePrivate(directory, 0o700);
  return profilePaths(directory);
}

/** As mkdirSync with `recursive`, which never ends where the system answers ENOENT although the parent is there (/proc). */
function makeDirectories(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'EEXIST') {
      if (statSync(path).isDirectory()) return;
      throw new Error('ENOTDIR: there is a file of that name', { cause: error });
    }
    if (code !== 'ENOENT' || existsSync(dirname(path))) throw error;
    makeDirectories(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  }
}

/** Best effort: Windows has no modes, and a file system may not keep them. */
export function makePrivate(path: string, mode: 0o600 | 0o700): void {
  try {
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, mode);
  } catch {
    // `doctor` says how the key is protected; refusing to start would protect nothing.
  }
}
