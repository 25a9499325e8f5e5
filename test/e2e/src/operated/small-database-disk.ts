import { spawnSync } from 'node:child_process';
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BYTES = 320 << 20;
const BLOCK = Buffer.alloc(1 << 16, 1);

/** A disk that is soon full, for a database. */
export class SmallDatabaseDisk {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** null: this process may not mount anything. */
  static mount(): SmallDatabaseDisk | null {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return null;
    const folder = mkdtempSync(join(tmpdir(), 'sotto-small-'));
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${BYTES}`, 'tmpfs', folder]).status === 0) {
      // The database does not run as root.
      chmodSync(folder, 0o777);
      return new SmallDatabaseDisk(folder);
    }
    rmSync(folder, { recursive: true });
    return null;
  }

  /** Leaves no room. @returns what gives it back */
  fill(): () => void {
    const ballast = join(this.folder, 'ballast');
    const file = openSync(ballast, 'w');
    try {
      for (;;) writeSync(file, BLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
    return () => rmSync(ballast);
  }

  unmount(): void {
    spawnSync('umount', ['-l', this.folder]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
