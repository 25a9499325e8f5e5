/** Writing a backup, and trying it out before it is called one. */
import { concat } from '@sotto/protocol/crypto';
import type { Primitives } from '@sotto/protocol/crypto';
import type { Platform } from '../ports.ts';
import { Database } from '../store/database.ts';
import { BackupCipher, CHUNK } from './backup-cipher.ts';
import type { BackupCost } from './backup-cipher.ts';
import { cancelled } from './backup-error.ts';
import { encodeBackupRecord } from './backup-records.ts';
import type { BackupCounts, BackupRecord } from './backup-records.ts';
import { countRecords, exportRecords } from './export-records.ts';

/** Where the bytes go, in order. What goes wrong there is thrown through. */
export interface BackupOutput {
  write(bytes: Uint8Array): Promise<void>;
}

export interface BackupProgress {
  readonly phase: 'writing' | 'checking' | 'restoring';
  /** Messages. */
  readonly done: number;
  readonly total: number;
}

export interface BackupSummary {
  readonly counts: BackupCounts;
  /** Over all records in their order: the trial restore must come to the same. */
  readonly hash: Uint8Array;
  /** ms since 1970 */
  readonly madeAt: number;
}

export interface WriteOptions {
  /** Wiped by who gives it. */
  readonly passphrase: Uint8Array;
  readonly onProgress: (progress: BackupProgress) => void;
  /** An AbortSignal, where there are such. */
  readonly signal: { readonly aborted: boolean } | null;
  readonly cost?: BackupCost;
}

const NO_HASH = new Uint8Array(32);

/**
 * Writes everything of a profile as it is at one moment. The engine may run meanwhile, in another process: `platform`
 * is then a connection of its own to the same database.
 * @throws BackupError('cancelled'), EngineError('not-found'), StoreError, what `output` throws
 */
export async function writeBackup(
  platform: Platform,
  output: BackupOutput,
  { passphrase, onProgress, signal, cost }: WriteOptions,
): Promise<BackupSummary> {
  const { primitives, random, store } = platform;
  const database = new Database(platform);
  const cipher = BackupCipher.create(primitives, random, passphrase, cost);
  // One state of all tables: what others commit meanwhile is not seen.
  store.run('BEGIN');
  try {
    await output.write(cipher.header);
    const { messages: total } = countRecords(database);
    const counts = { contacts: 0, messages: 0, records: 0 };
    const summary = new RecordHash(primitives);
    const chunks = new ChunkWriter(cipher, output);
    for (const record of exportRecords(database, platform)) {
      counts.records++;
      if (record.kind === 'row' && record.table === 'contact') counts.contacts++;
      if (record.kind === 'row' && record.table === 'message') counts.messages++;
      if (await chunks.push(summary.add(record))) {
        if (signal?.aborted === true) throw cancelled();
        onProgress({ phase: 'writing', done: counts.messages, total });
      }
    }
    await chunks.push(summary.add({ kind: 'end', counts }));
    await chunks.end();
    return { counts, hash: summary.hash, madeAt: platform.clock.now() };
  } finally {
    cipher.wipe();
    store.run('ROLLBACK');
  }
}

/** Each record's bytes, and the hash of all so far. */
export class RecordHash {
  readonly #primitives: Primitives;
  hash: Uint8Array = NO_HASH;

  constructor(primitives: Primitives) {
    this.#primitives = primitives;
  }

  add(record: BackupRecord): Uint8Array {
    const bytes = encodeBackupRecord(record);
    this.hash = this.#primitives.sha256(concat(this.hash, bytes));
    return bytes;
  }
}

class ChunkWriter {
  readonly #cipher: BackupCipher;
  readonly #output: BackupOutput;
  readonly #chunk = new Uint8Array(CHUNK);
  #length = 0;

  constructor(cipher: BackupCipher, output: BackupOutput) {
    this.#cipher = cipher;
    this.#output = output;
  }

  /** @returns whether something was written */
  async push(bytes: Uint8Array): Promise<boolean> {
    let wrote = false;
    for (let at = 0; at < bytes.length;) {
      // A full chunk waits for what comes after it: it may be the last.
      if (this.#length === CHUNK) {
        await this.#output.write(this.#cipher.seal(this.#chunk, false));
        this.#length = 0;
        wrote = true;
      }
      const part = bytes.subarray(at, at + CHUNK - this.#length);
      this.#chunk.set(part, this.#length);
      this.#length += part.length;
      at += part.length;
    }
    return wrote;
  }

  async end(): Promise<void> {
    await this.#output.write(this.#cipher.seal(this.#chunk.subarray(0, this.#length), true));
    this.#chunk.fill(0);
  }
}
