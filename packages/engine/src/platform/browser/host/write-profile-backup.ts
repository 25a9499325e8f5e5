import { loadWebArgon2id } from '@sotto/primitives-web';
import { BackupError } from '../../../backup/backup-error.ts';
import { noteBackup } from '../../../backup/last-backup.ts';
import { verifyBackup } from '../../../backup/read-backup.ts';
import { writeBackup } from '../../../backup/write-backup.ts';
import type { BackupProgress } from '../../../backup/write-backup.ts';
import { StoreError } from '../../../ports.ts';
import type { Platform } from '../../../ports.ts';
import { Database } from '../../../store/database.ts';
import { passphraseBytes } from '../keys/wrap-key.ts';
import type { WrittenBackup } from '../profile-client.ts';
import type { WasmStore } from '../sqlite/wasm-store.ts';
import { BlobWriter, nextTurn, readBlob } from './blob-files.ts';

/** Pages copied in one turn: about 4 MB. */
const PAGES = 1024;

/**
 * A backup of a profile whose engine runs on: out of a copy of its database, which stands in memory and is of one
 * moment; made a piece at a time, so that nothing else waits long (TAB-11).
 * @throws BackupError, StoreError
 */
export async function writeProfileBackup(
  platform: Platform,
  store: WasmStore,
  request: { readonly passphrase: string; readonly onProgress: (progress: BackupProgress) => void },
  signal: AbortSignal,
): Promise<WrittenBackup> {
  const passphrase = passphraseBytes(request.passphrase);
  const able = { ...platform, primitives: { ...platform.primitives, argon2id: await loadWebArgon2id() } };
  const options = { passphrase, onProgress: request.onProgress, signal };
  try {
    const target = new BlobWriter();
    const copy = await store.copy(PAGES, async () => {
      await nextTurn();
      if (signal.aborted) throw new BackupError('cancelled', 'Stopped. Nothing was changed.');
    });
    const written = await writeBackup({ ...able, store: copy }, target, options).finally(() => copy.close());
    const file = target.file();
    await verifyBackup(able, readBlob(file), written, options);
    note(platform, written);
    return { file, contacts: written.counts.contacts, messages: written.counts.messages };
  } finally {
    passphrase.fill(0);
  }
}

/** The backup is there in any case. */
function note(platform: Platform, written: Parameters<typeof noteBackup>[1]): void {
  try {
    noteBackup(new Database(platform), written);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}
