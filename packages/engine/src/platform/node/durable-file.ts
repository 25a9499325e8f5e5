import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes or replaces a small file, mode 0600: all or nothing, and on the disk when this returns. A crash at any moment
 * leaves the old file, or the new one; at most a `.new` beside it, which nobody reads.
 */
export function replaceFile(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.new`;
  rmSync(temporary, { force: true });
  const file = openSync(temporary, 'wx', 0o600);
  try {
    for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  syncDirectory(dirname(path));
}

/** A rename is on the disk only when its directory is. */
export function syncDirectory(directory: string): void {
  let file: number;
  try {
    file = openSync(directory, 'r');
  } catch {
    // Windows opens no directories; its journal keeps renames in order.
    return;
  }
  try {
    fsyncSync(file);
  } catch {
    // Some network file systems cannot; what could be done was done.
  } finally {
    closeSync(file);
  }
}

/** Best effort: what `file`, already replaced, held is overwritten before its last name is forgotten. */
export function eraseOpenFile(file: number, length: number): void {
  try {
    writeSync(file, new Uint8Array(length), 0, length, 0);
    fsyncSync(file);
  } catch {
    // Flash and copying file systems keep old blocks anyway; the threat model says so.
  }
}
