import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { ProfileError } from './profile-error.ts';
import { makePrivate } from './profile-directory.ts';
import type { ProfilePaths } from './profile-directory.ts';

const KEY_LENGTH = 32;

/**
 * The key that seals the rows of the profile's database: a file of mode 0600. Made when the profile is new, and on
 * the disk before the database is. The caller holds the owner's lock.
 * @throws ProfileError: `corrupt` when there is a database but not its key
 */
export function openDatabaseKey(paths: ProfilePaths): Uint8Array {
  if (existsSync(paths.databaseKey)) return readKey(paths);
  if (existsSync(paths.database)) {
    throw new ProfileError(
      'corrupt',
      `${paths.databaseKey} is missing: without it the profile's database cannot be opened. Put it back, or choose another profile.`,
    );
  }
  const key = randomBytes(KEY_LENGTH);
  writeKey(paths.databaseKey, key);
  return new Uint8Array(key);
}

function readKey(paths: ProfilePaths): Uint8Array {
  makePrivate(paths.databaseKey, 0o600);
  let key: Uint8Array;
  try {
    key = new Uint8Array(readFileSync(paths.databaseKey));
  } catch (error) {
    throw new ProfileError('not-writable', `${paths.databaseKey} cannot be read.`, { cause: error });
  }
  if (key.length !== KEY_LENGTH) {
    throw new ProfileError('corrupt', `${paths.databaseKey} is damaged: it has ${key.length} bytes instead of 32.`);
  }
  return key;
}

/** All or nothing: a crash in between leaves no half a key. */
function writeKey(path: string, key: Uint8Array): void {
  const temporary = `${path}.new`;
  try {
    rmSync(temporary, { force: true });
    const file = openSync(temporary, 'wx', 0o600);
    try {
      writeSync(file, key);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    const full = error instanceof Error && 'code' in error && error.code === 'ENOSPC';
    throw new ProfileError(
      full ? 'disk-full' : 'not-writable',
      full ? 'The disk is full: the profile cannot be made.' : `${path} cannot be written.`,
      { cause: error },
    );
  }
}
