import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { StoreError } from '../../ports.ts';
import { isKeyOf } from '../../store/is-key-of.ts';
import type { KeyProtection, Platform } from '../../ports.ts';
import { openDatabaseKey } from './keys/database-key.ts';
import type { DatabaseKey } from './keys/database-key.ts';
import { freeBytes } from './free-bytes.ts';
import { nodeClock } from './node-clock.ts';
import { NodeStore } from './node-store.ts';
import { OwnerLock } from './owner-lock.ts';
import { makePrivate, prepareProfileDirectory } from './profile-directory.ts';
import type { ProfilePaths } from './profile-directory.ts';
import { ProfileError } from './profile-error.ts';
import { wsDialer } from './ws-dialer.ts';

/** A profile that this process owns. */
export interface Profile {
  /** What an engine on this profile is made of. */
  readonly platform: Platform;
  /** Null for a throw-away profile: nothing of it is on the disk. */
  readonly directory: string | null;
  /** How the database's key is kept. */
  readonly keyProtection: KeyProtection;
  /** Closes the database, wipes its key and lets go of the profile. The engine must be closed before. */
  close(): void;
}

/** A profile in memory: gone with close() or with the process. */
export function openEphemeralProfile(): Profile {
  const store = new NodeStore(':memory:');
  return {
    platform: platformWith(store, { key: systemRandom(32), protection: 'memory' }, null),
    directory: null,
    keyProtection: 'memory',
    close: () => store.close(),
  };
}

/**
 * Takes the profile in `directory` for this process; makes it when it is new.
 * @param databaseKey from unlockDatabaseKey(); null: the profile is new, or not locked with a passphrase
 * @throws ProfileError: `in-use` when another process owns it (connectProfile talks to that one instead)
 */
export function openProfile(directory: string, databaseKey: DatabaseKey | null = null): Profile {
  const paths = prepareProfileDirectory(directory);
  const lock = OwnerLock.tryTake(paths.lock);
  if (lock === null) {
    throw new ProfileError('in-use', `The profile ${directory} is in use by another process.`);
  }
  return openLockedProfile(paths, lock, databaseKey);
}

/** As openProfile, for who holds the lock already; it is released by close(), and when this throws. */
export function openLockedProfile(paths: ProfilePaths, lock: OwnerLock, known: DatabaseKey | null): Profile {
  try {
    makePrivate(paths.lock, 0o600);
    const databaseKey = openDatabaseKey(paths, known);
    const store = openStore(paths, databaseKey.key);
    return {
      platform: platformWith(store, databaseKey, paths.directory),
      directory: paths.directory,
      keyProtection: databaseKey.protection,
      close(): void {
        store.close();
        databaseKey.key.fill(0);
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * A further connection to a profile that another process may own: for reading, and a row at a time. No engine may run
 * on it.
 */
export function openProfileBeside(paths: ProfilePaths, known: DatabaseKey | null): Profile {
  const databaseKey = openDatabaseKey(paths, known);
  const store = openStore(paths, databaseKey.key);
  return {
    platform: platformWith(store, databaseKey, paths.directory),
    directory: paths.directory,
    keyProtection: databaseKey.protection,
    close(): void {
      store.close();
      databaseKey.key.fill(0);
    },
  };
}

function openStore({ database: path }: ProfilePaths, key: Uint8Array): NodeStore {
  let store: NodeStore | null = null;
  try {
    store = new NodeStore(path);
    for (const suffix of ['', '-wal', '-shm']) makePrivate(path + suffix, 0o600);
    if (!isKeyOf(store, key, nodePrimitives)) {
      throw new ProfileError(
        'corrupt',
        'database.key is the key of another profile. Nothing was changed. Put back the one that belongs to sotto.db.',
      );
    }
    return store;
  } catch (error) {
    store?.close();
    if (!(error instanceof StoreError)) throw error;
    if (error.code === 'corrupt') {
      throw new ProfileError('corrupt', `${path} is damaged or not a database of Sotto.`, { cause: error });
    }
    if (error.code === 'disk-full') throw new ProfileError('disk-full', 'The disk is full.', { cause: error });
    if (error.code === 'busy') {
      throw new ProfileError('in-use', `Another program holds ${path} open.`, { cause: error });
    }
    throw new ProfileError('not-writable', `${path} cannot be opened (${error.message}).`, { cause: error });
  }
}

function platformWith(
  store: NodeStore,
  { key, protection }: { key: Uint8Array; protection: KeyProtection },
  directory: string | null,
): Platform {
  return {
    primitives: nodePrimitives,
    random: systemRandom,
    clock: nodeClock,
    dialer: wsDialer,
    store,
    openMemoryStore: (image) => NodeStore.inMemory(image),
    databaseKey: key,
    keyProtection: protection,
    freeBytes: () => (directory === null ? null : freeBytes(directory)),
  };
}
