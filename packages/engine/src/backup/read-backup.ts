/** Reading a backup: into a new profile, or only to see whether it could be. */
import type { Platform } from '../ports.ts';
import { BackupCipher, CHUNK, HEADER, TAG } from './backup-cipher.ts';
import { BackupError, cancelled, damaged } from './backup-error.ts';
import { RecordReader } from './backup-records.ts';
import { Restoration } from './restoration.ts';
import type { RestoredAccount } from './restoration.ts';
import { RecordHash } from './write-backup.ts';
import type { BackupProgress, BackupSummary } from './write-backup.ts';

/** Where the bytes come from, in order. */
export interface BackupInput {
  /** @returns fewer bytes only at the end */
  read(length: number): Promise<Uint8Array>;
}

export interface ReadOptions {
  readonly passphrase: Uint8Array;
  readonly onProgress: (progress: BackupProgress) => void;
  /** An AbortSignal, where there are such. */
  readonly signal: { readonly aborted: boolean } | null;
}

/**
 * Takes a backup into the store of `platform`, all or nothing: `complete` runs in the same transaction.
 * @param total messages expected, for the progress; 0: not known
 * @throws BackupError, StoreError, what `input` and `complete` throw
 */
export async function readBackup(
  platform: Platform,
  input: BackupInput,
  { passphrase, onProgress, signal }: ReadOptions,
  phase: 'checking' | 'restoring',
  total: number,
  complete: (restored: RestoredAccount) => void,
): Promise<BackupSummary> {
  const { primitives, store } = platform;
  const cipher = BackupCipher.open(primitives, await input.read(HEADER), passphrase);
  store.run('BEGIN IMMEDIATE');
  try {
    const restoration = new Restoration(platform);
    const records = new RecordReader();
    const summary = new RecordHash(primitives);
    let next = await input.read(CHUNK + TAG);
    for (let isLast = false; !isLast;) {
      const chunk = next;
      next = await input.read(CHUNK + TAG);
      isLast = next.length === 0;
      for (const record of records.push(cipher.open(chunk, isLast))) {
        summary.add(record);
        restoration.take(record);
      }
      if (signal?.aborted === true) throw cancelled();
      onProgress({ phase, done: restoration.counts.messages, total });
    }
    if (!records.isEmpty) throw damaged();
    const restored = restoration.finish();
    complete(restored);
    store.run('COMMIT');
    return { counts: restoration.counts, hash: summary.hash, madeAt: restored.madeAt };
  } catch (error) {
    store.run('ROLLBACK');
    throw error;
  } finally {
    cipher.wipe();
  }
}

/**
 * Restores what was just written into a database in memory, and compares (BAK-6).
 * @throws BackupError('damaged') when it is not what was written
 */
export async function verifyBackup(
  platform: Platform,
  input: BackupInput,
  written: BackupSummary,
  options: ReadOptions,
): Promise<void> {
  const store = platform.openMemoryStore();
  try {
    const trial: Platform = { ...platform, store, databaseKey: platform.random(32) };
    const read = await readBackup(trial, input, options, 'checking', written.counts.messages, () => undefined);
    if (!platform.primitives.equal(read.hash, written.hash)) throw damaged();
  } catch (error) {
    if (!(error instanceof BackupError) || error.code === 'cancelled') throw error;
    throw new BackupError(
      'damaged',
      'What was written could not be read back: the disk or the memory of this machine is at fault. No backup was made; an older one is untouched.',
      { cause: error },
    );
  } finally {
    store.close();
  }
}
