import { existsSync, readFileSync, statSync } from 'node:fs';
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { toHex } from '../../../store/hex.ts';
import { replaceFile } from '../durable-file.ts';
import { makePrivate } from '../profile-directory.ts';
import type { ProfilePaths } from '../profile-directory.ts';
import { ProfileError } from '../profile-error.ts';
import {
  KEY_LENGTH,
  MAX_KEY_FILE,
  plainKeyFile,
  unwrapWithKeyring,
  unwrapWithPassphrase,
} from '../../../keys/key-file.ts';
import type { KeyFile } from '../../../keys/key-file.ts';
import { decodeDatabaseKey } from './decode-database-key.ts';
import { systemKeyring } from './keyring.ts';
import type { Keyring } from './keyring.ts';

/** How the database's key is kept. */
export type KeyProtection = KeyFile['way'];

/** The key that seals the rows of a profile's database, 32 B. */
export interface DatabaseKey {
  readonly key: Uint8Array;
  readonly protection: KeyProtection;
}

/** Asks the person, or a file; `attempt` counts from 1. The answer is wiped. null: there is none. */
export type AskPassphrase = (attempt: number) => Promise<Uint8Array | null>;

const MAX_ATTEMPTS = 3;
const LOCKED = 'This profile is locked with a passphrase. Without a terminal, give it with --passphrase-file FILE.';

/**
 * The key of a profile, before the profile is taken: nobody waits for a lock while somebody types.
 * @param ask null: nobody can be asked
 * @returns null when the profile is new
 * @throws ProfileError: `locked`, `wrong-passphrase`, `keyring`, `corrupt`
 */
export async function unlockDatabaseKey(
  paths: ProfilePaths,
  ask: AskPassphrase | null,
  keyring: Keyring = systemKeyring,
): Promise<DatabaseKey | null> {
  const file = readKeyFile(paths);
  if (file === null) return null;
  if (file.way !== 'passphrase') return openKeyFile(file, null, keyring);
  let wrong: ProfileError | null = null;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const passphrase = (await ask?.(attempt)) ?? null;
    if (passphrase === null && wrong !== null) break;
    try {
      return openKeyFile(file, passphrase, keyring);
    } catch (error) {
      if (!(error instanceof ProfileError) || error.code !== 'wrong-passphrase') throw error;
      wrong = error;
    } finally {
      passphrase?.fill(0);
    }
  }
  throw wrong ?? new ProfileError('locked', LOCKED);
}

/**
 * The same for who holds the owner's lock: makes the key when the profile is new, and has it on the disk before the
 * database is.
 * @param known what unlockDatabaseKey() gave; copied
 * @throws ProfileError: `corrupt` too when there is a database but not its key
 */
export function openDatabaseKey(paths: ProfilePaths, known: DatabaseKey | null): DatabaseKey {
  if (known !== null) return { ...known, key: known.key.slice() };
  const file = readKeyFile(paths);
  if (file !== null) return openKeyFile(file, null, systemKeyring);
  if (existsSync(paths.database)) {
    throw new ProfileError(
      'corrupt',
      `${paths.databaseKey} is missing: without it the profile's database cannot be opened. Put it back, or choose another profile.`,
    );
  }
  const key = systemRandom(KEY_LENGTH);
  try {
    replaceFile(paths.databaseKey, plainKeyFile(nodePrimitives, key));
  } catch (error) {
    throw notWritten(paths, error);
  }
  return { key, protection: 'file' };
}

/** null when there is none. @throws ProfileError */
export function readKeyFile(paths: ProfilePaths): KeyFile | null {
  if (!existsSync(paths.databaseKey)) return null;
  makePrivate(paths.databaseKey, 0o600);
  let bytes: Uint8Array;
  try {
    const isTooLong = statSync(paths.databaseKey).size > MAX_KEY_FILE;
    bytes = isTooLong ? new Uint8Array(0) : new Uint8Array(readFileSync(paths.databaseKey));
  } catch (error) {
    throw new ProfileError('not-writable', `${paths.databaseKey} cannot be read.`, { cause: error });
  }
  const file = decodeDatabaseKey(bytes);
  bytes.fill(0);
  return file;
}

/** @throws ProfileError */
export function openKeyFile(file: KeyFile, passphrase: Uint8Array | null, keyring: Keyring): DatabaseKey {
  if (file.way === 'file') return { key: file.key, protection: 'file' };
  const key = file.way === 'keyring' ? fromKeyring(file, keyring) : fromPassphrase(file, passphrase);
  return { key, protection: file.way };
}

function fromKeyring(file: Extract<KeyFile, { way: 'keyring' }>, keyring: Keyring): Uint8Array {
  const wrappingKey = keyring.get(toHex(file.entry));
  const key = wrappingKey === null ? null : unwrapWithKeyring(nodePrimitives, file, wrappingKey);
  if (key !== null) return key;
  throw new ProfileError(
    'keyring',
    "The keyring of this system does not have this profile's key. A profile that is locked with the keyring opens only for the same user on the same system; elsewhere restore a backup into a new profile.",
  );
}

function fromPassphrase(file: Extract<KeyFile, { way: 'passphrase' }>, passphrase: Uint8Array | null): Uint8Array {
  if (passphrase === null) {
    throw new ProfileError('locked', LOCKED);
  }
  const key = unwrapWithPassphrase(nodePrimitives, file, passphrase);
  if (key !== null) return key;
  throw new ProfileError('wrong-passphrase', 'This is not the passphrase of this profile. Nothing was changed.');
}

export function notWritten(paths: ProfilePaths, error: unknown): ProfileError {
  const full = error instanceof Error && 'code' in error && error.code === 'ENOSPC';
  return new ProfileError(
    full ? 'disk-full' : 'not-writable',
    full ? 'The disk is full: the key of the profile cannot be written.' : `${paths.databaseKey} cannot be written.`,
    { cause: error },
  );
}
