/**
 * The outside of a backup file (docs/protocol/backup.md): a header, then chunks of XChaCha20-Poly1305 after the STREAM
 * construction (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption, 2015, section 7): each chunk's
 * nonce is its number and whether it is the last, so that none can be left out, moved, repeated or added.
 */
import { be32, concat, sameBytes, utf8 } from '@sotto/protocol/crypto';
import type { Primitives, Random } from '@sotto/protocol/crypto';
import { BackupError, damaged } from './backup-error.ts';

/** Plaintext of a chunk; only the last may be shorter. */
export const CHUNK = 64 << 10;
export const TAG = 16;
export const HEADER = 8 + 1 + 4 + 4 + 16 + TAG;

const MAGIC = utf8('SOTTOBAK');
const VERSION = 1;
const CONTEXT = utf8('sotto/backup/1');
const NOTHING = new Uint8Array(0);
/** crypto.md, "Secrets at rest"; what is read from a file is bounded before memory is spent on it (BAK-2). */
const COST = { memoryKiB: 64 << 10, passes: 3 };
const [LEAST_KIB, MOST_KIB, MOST_PASSES] = [8 << 10, 256 << 10, 16];
const CHECK_NONCE = new Uint8Array(24).fill(0xff);

export interface BackupCost {
  readonly memoryKiB: number;
  readonly passes: number;
}

export class BackupCipher {
  /** The file's first bytes. */
  readonly header: Uint8Array;
  readonly #primitives: Primitives;
  readonly #key: Uint8Array;
  readonly #associated: Uint8Array;
  #number = 0;
  #ended = false;

  private constructor(primitives: Primitives, parameters: Uint8Array, passphrase: Uint8Array, cost: BackupCost) {
    this.#primitives = primitives;
    this.#key = primitives.argon2id(passphrase, parameters.subarray(17), cost, 32);
    this.#associated = concat(CONTEXT, parameters);
    const check = primitives.xChaChaPoly.seal(this.#key, CHECK_NONCE, this.#associated, NOTHING);
    this.header = concat(parameters, check);
  }

  /** For a new file. */
  static create(primitives: Primitives, random: Random, passphrase: Uint8Array, cost: BackupCost = COST): BackupCipher {
    const parameters = concat(MAGIC, new Uint8Array([VERSION]), be32(cost.memoryKiB), be32(cost.passes), random(16));
    return new BackupCipher(primitives, parameters, passphrase, cost);
  }

  /**
   * For a file that is there.
   * @param header its first HEADER bytes
   * @throws BackupError: `not-a-backup`, `newer-version`, `damaged`, `wrong-passphrase`
   */
  static open(primitives: Primitives, header: Uint8Array, passphrase: Uint8Array): BackupCipher {
    if (header.length < MAGIC.length || !sameBytes(header.subarray(0, MAGIC.length), MAGIC)) {
      throw new BackupError('not-a-backup', 'This file is not a backup of Sotto.');
    }
    if ((header[8] ?? 0) > VERSION) throw newerVersion();
    if (header.length !== HEADER || header[8] !== VERSION) throw damaged();
    const view = new DataView(header.buffer, header.byteOffset);
    const cost = { memoryKiB: view.getUint32(9), passes: view.getUint32(13) };
    if (cost.memoryKiB < LEAST_KIB || cost.memoryKiB > MOST_KIB || cost.passes < 1 || cost.passes > MOST_PASSES) {
      throw damaged();
    }
    const cipher = new BackupCipher(primitives, header.slice(0, HEADER - TAG), passphrase, cost);
    if (primitives.equal(cipher.header, header)) return cipher;
    cipher.wipe();
    throw new BackupError(
      'wrong-passphrase',
      'This is not the passphrase of this backup (or the first bytes of the file were changed).',
    );
  }

  /** @param plaintext CHUNK bytes; of the last chunk at most as many */
  seal(plaintext: Uint8Array, isLast: boolean): Uint8Array {
    return this.#primitives.xChaChaPoly.seal(this.#key, this.#nextNonce(isLast), this.#associated, plaintext);
  }

  /** @throws BackupError('damaged') */
  open(chunk: Uint8Array, isLast: boolean): Uint8Array {
    if (chunk.length > CHUNK + TAG || (!isLast && chunk.length !== CHUNK + TAG) || this.#ended) throw damaged();
    const opened = this.#primitives.xChaChaPoly.open(this.#key, this.#nextNonce(isLast), this.#associated, chunk);
    if (opened === null) throw damaged();
    return opened;
  }

  wipe(): void {
    this.#key.fill(0);
    this.#ended = true;
  }

  /** Number of the chunk, big-endian, in 23 bytes; then 1 for the last. */
  #nextNonce(isLast: boolean): Uint8Array {
    if (this.#ended) throw new BackupError('damaged', 'There is nothing after the last chunk.');
    const nonce = new Uint8Array(24);
    new DataView(nonce.buffer).setUint32(19, this.#number++);
    nonce[23] = isLast ? 1 : 0;
    this.#ended = isLast;
    return nonce;
  }
}

export const newerVersion = (): BackupError =>
  new BackupError('newer-version', 'This backup was made by a newer version of Sotto. Please update, then restore it.');
