import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { RingNodeProcess } from '../../../bench/src/ring/ring-node-process.ts';

const BYTES = 48 << 20;
const BLOCK = Buffer.alloc(1 << 16, 1);

/** Shell line that puts a small disk of the process's own under a directory: it needs no rights and ends with the process. */
export const mountSmallDisk = (directory: string): string =>
  `mkdir -p '${directory}' && mount -t tmpfs -o size=${BYTES} tmpfs '${directory}'`;

/** Whether this system lets a process have mounts of its own. */
export const hasSmallDisks = (): boolean =>
  process.platform === 'linux' && spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

/** Leaves the node no room. @returns what gives it back */
export function fillDisk({ pid, data }: RingNodeProcess): () => void {
  const ballast = join(`/proc/${pid}/root`, data, 'ballast');
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
