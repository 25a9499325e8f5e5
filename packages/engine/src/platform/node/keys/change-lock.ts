import { closeSync, openSync } from 'node:fs';
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { sameBytes } from '@sotto/protocol/crypto';
import { toHex } from '../../../store/hex.ts';
import { eraseOpenFile, replaceFile } from '../durable-file.ts';
import { OwnerLock } from '../owner-lock.ts';
import { prepareProfileDirectory } from '../profile-directory.ts';
import type { ProfilePaths } from '../profile-directory.ts';
import { ProfileError } from '../profile-error.ts';
import { notWritten, openKeyFile, readKeyFile, unlockDatabaseKey } from './database-key.ts';
import type { AskPassphrase, KeyProtection } from './database-key.ts';
import {
  ARGON2_COST,
  KEY_LENGTH,
  LEAST_PASSPHRASE,
  keyringKeyFile,
  MAX_KEY_FILE,
  passphraseKeyFile,
  plainKeyFile,
} from '../../../keys/key-file.ts';
import type { Argon2Cost } from '../../../keys/key-file.ts';
import { decodeDatabaseKey } from './decode-database-key.ts';
import { systemKeyring } from './keyring.ts';
import type { Keyring } from './keyring.ts';

/** How the key shall be kept from now on. The passphrase is wiped. */
export type NewLock =
  | { readonly way: 'file' }
  | { readonly way: 'passphrase'; readonly passphrase: Uint8Array; readonly cost?: Argon2Cost }
  | { readonly way: 'keyring' };

/** How the key of a profile is kept; null when there is no profile. @throws ProfileError */
export function lockOf(directory: string): KeyProtection | null {
  return readKeyFile(prepareProfileDirectory(directory))?.way ?? null;
}

/**
 * Keeps the key of a profile in another way. The database is not touched: its key stays what it is and is wrapped
 * anew (KEY-4). All or nothing: whatever happens in between, the profile opens the old way, or the new.
 * @param ask for the passphrase in force, if there is one
 * @param choose asked when the old lock is open
 * @throws ProfileError: `in-use` while another process has the profile open
 */
export async function changeLock(
  directory: string,
  ask: AskPassphrase | null,
  choose: () => Promise<NewLock>,
  keyring: Keyring = systemKeyring,
): Promise<void> {
  const paths = prepareProfileDirectory(directory);
  const opened = await unlockDatabaseKey(paths, ask, keyring);
  if (opened === null) throw new ProfileError('corrupt', `There is no profile in ${directory}.`);
  let wanted: NewLock | null = null;
  try {
    wanted = await choose();
    const lock = OwnerLock.tryTake(paths.lock);
    if (lock === null) {
      throw new ProfileError(
        'in-use',
        'This profile is open in another process: close it first (sotto chat, sotto recv --follow).',
      );
    }
    try {
      rewrap(paths, opened.key, wanted, keyring);
    } finally {
      lock.release();
    }
  } finally {
    opened.key.fill(0);
    if (wanted?.way === 'passphrase') wanted.passphrase.fill(0);
  }
}

function rewrap(paths: ProfilePaths, key: Uint8Array, wanted: NewLock, keyring: Keyring): void {
  const before = readKeyFile(paths);
  const bytes = newKeyFile(key, wanted, keyring);
  // What was made must open before it takes the place of what opens.
  const passphrase = wanted.way === 'passphrase' ? wanted.passphrase : null;
  const check = openKeyFile(decodeDatabaseKey(bytes), passphrase, keyring);
  if (!sameBytes(check.key, key)) throw new ProfileError('keyring', 'The keyring did not keep what it was given.');
  check.key.fill(0);
  let old: number | null = null;
  try {
    // Windows replaces no file that is open.
    if (process.platform !== 'win32') old = openSync(paths.databaseKey, 'r+');
    replaceFile(paths.databaseKey, bytes);
    if (old !== null) eraseOpenFile(old, MAX_KEY_FILE);
  } catch (error) {
    throw notWritten(paths, error);
  } finally {
    if (old !== null) closeSync(old);
  }
  if (before?.way === 'file') before.key.fill(0);
  if (before?.way === 'keyring') forget(keyring, toHex(before.entry));
}

function newKeyFile(key: Uint8Array, wanted: NewLock, keyring: Keyring): Uint8Array {
  if (wanted.way === 'file') return plainKeyFile(nodePrimitives, key);
  if (wanted.way === 'passphrase') {
    if (wanted.passphrase.length < LEAST_PASSPHRASE) {
      throw new ProfileError('wrong-passphrase', `A passphrase has at least ${LEAST_PASSPHRASE} characters.`);
    }
    return passphraseKeyFile(nodePrimitives, systemRandom, key, wanted.passphrase, wanted.cost ?? ARGON2_COST);
  }
  const entry = systemRandom(16);
  const wrappingKey = systemRandom(KEY_LENGTH);
  keyring.set(toHex(entry), wrappingKey);
  return keyringKeyFile(nodePrimitives, systemRandom, key, entry, wrappingKey);
}

/** Without the key file that names it, an entry opens nothing. */
function forget(keyring: Keyring, entry: string): void {
  try {
    keyring.remove(entry);
  } catch {
    // It stays behind, useless.
  }
}
