import { DatabaseSync } from 'node:sqlite';
import { ProfileError } from './profile-error.ts';

const BUSY = 5;

/**
 * The right to be the one process that runs a profile's engine (RPC-1). It is SQLite's exclusive lock on an empty
 * database: fcntl on POSIX, LockFileEx on Windows, so the system lets go of it when the process dies in any way, and
 * no stale lock can be left behind.
 */
export class OwnerLock {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** @returns null when another process (or another part of this one) holds it. @throws ProfileError */
  static tryTake(path: string): OwnerLock | null {
    let database: DatabaseSync | null = null;
    try {
      database = new DatabaseSync(path, { timeout: 0 });
      database.exec('PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE');
      return new OwnerLock(database);
    } catch (error) {
      if (database?.isOpen === true) database.close();
      if (error instanceof Error && 'errcode' in error && Number(error.errcode) % 256 === BUSY) return null;
      throw new ProfileError('not-writable', `The profile cannot be locked (${path}).`, { cause: error });
    }
  }

  release(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}
