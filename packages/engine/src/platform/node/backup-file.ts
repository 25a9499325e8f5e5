import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EngineError } from '../../api.ts';
import type { BackupInput } from '../../backup/read-backup.ts';
import type { BackupOutput } from '../../backup/write-backup.ts';
import { syncDirectory } from './durable-file.ts';

/**
 * A backup that is being written: beside the file it will be, under another name, until commit(). What is there under
 * the name is whole at every moment (BAK-5).
 */
export class BackupTarget implements BackupOutput {
  readonly #path: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** @param force whether a file of that name may be replaced. @throws EngineError('bad-input' | 'disk-full') */
  static async create(path: string, force: boolean): Promise<BackupTarget> {
    if (!force && (await exists(path))) {
      throw new EngineError('bad-input', `${path} is there already. Choose another name, or replace it with --force.`);
    }
    try {
      await rm(temporary(path), { force: true });
      return new BackupTarget(path, await open(temporary(path), 'wx+', 0o600));
    } catch (error) {
      throw notWritten(path, error);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) at += (await this.#file.write(bytes, at)).bytesWritten;
    } catch (error) {
      throw notWritten(this.#path, error);
    }
  }

  /** Everything is on the disk: from the beginning, to see whether it can be read. */
  async readBack(): Promise<BackupInput> {
    try {
      await this.#file.sync();
    } catch (error) {
      throw notWritten(this.#path, error);
    }
    return readerOf(this.#file, this.#path);
  }

  async size(): Promise<number> {
    return (await this.#file.stat()).size;
  }

  async commit(): Promise<void> {
    try {
      await this.#file.close();
      await rename(temporary(this.#path), this.#path);
      syncDirectory(dirname(this.#path));
    } catch (error) {
      throw notWritten(this.#path, error);
    }
  }

  async discard(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(temporary(this.#path), { force: true }).catch(() => undefined);
  }
}

/** @throws EngineError('bad-input') */
export async function openBackup(path: string): Promise<BackupInput & { close(): Promise<void> }> {
  try {
    const file = await open(path, 'r');
    return { ...readerOf(file, path), close: () => file.close() };
  } catch (error) {
    throw notRead(path, error);
  }
}

function readerOf(file: FileHandle, path: string): BackupInput {
  let position = 0;
  return {
    async read(length) {
      const bytes = new Uint8Array(length);
      let got = 0;
      try {
        while (got < length) {
          const { bytesRead } = await file.read(bytes, got, length - got, position);
          if (bytesRead === 0) break;
          got += bytesRead;
          position += bytesRead;
        }
      } catch (error) {
        throw notRead(path, error);
      }
      return bytes.subarray(0, got);
    },
  };
}

const temporary = (path: string): string => `${path}.new`;

async function exists(path: string): Promise<boolean> {
  try {
    await (await open(path, 'r')).close();
    return true;
  } catch (error) {
    return codeOf(error) !== 'ENOENT';
  }
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : 'failed');

function notWritten(path: string, error: unknown): EngineError {
  if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(error))) {
    const words = `There is not enough room for ${path}. No backup was made; an older one is untouched.`;
    return new EngineError('disk-full', words, true, { cause: error });
  }
  return new EngineError('bad-input', `${path} cannot be written (${codeOf(error)}).`, false, { cause: error });
}

const notRead = (path: string, error: unknown): EngineError =>
  new EngineError('bad-input', `${path} cannot be read (${codeOf(error)}).`, false, { cause: error });
