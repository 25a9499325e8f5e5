import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '@sotto/protocol/link';
import { nodeClock } from '../server/node-clock.ts';

/** What the doctor reads off the machine. Given in, so that tests can have a bad one. */
export interface Machine {
  readonly clock: Clock;
  /** As process.versions has it. */
  readonly nodeVersion: string;
  /** In the form of /proc/self/limits; null: the system does not say. */
  readonly limits: () => string | null;
  /** Whether something keeps the clock right; null: the system does not say. */
  readonly clockIsKept: () => Promise<boolean | null>;
  /** Bytes that this process may still have. */
  readonly availableMemory: () => number;
  /** Of the file system that a directory is on; `type` as statfs has it. */
  readonly space: (directory: string) => Promise<{ freeBytes: number; totalBytes: number; type: number }>;
  /** Writes a file there, flushes it to the disk and removes it. @returns how long the flush took, ms @throws the system's error */
  readonly flush: (directory: string) => Promise<number>;
}

const PAGE = new Uint8Array(4096);

export const thisMachine: Machine = {
  clock: nodeClock,
  nodeVersion: process.versions.node,
  limits: () => (existsSync('/proc/self/limits') ? readFileSync('/proc/self/limits', 'utf8') : null),
  clockIsKept,
  availableMemory: () => process.availableMemory(),
  space: async (directory) => {
    const { bavail, blocks, bsize, type } = await statfs(directory);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, type };
  },
  flush: async (directory) => {
    const path = join(directory, `.doctor-${process.pid}`);
    const file = await open(path, 'wx', 0o600);
    try {
      await file.write(PAGE);
      const began = performance.now();
      await file.sync();
      return performance.now() - began;
    } finally {
      await file.close();
      await rm(path, { force: true });
    }
  },
};

/** systemd knows, where it runs. */
async function clockIsKept(): Promise<boolean | null> {
  try {
    const asked = ['show', '--property=NTPSynchronized', '--value'];
    const { stdout } = await promisify(execFile)('timedatectl', asked, { timeout: 2000 });
    return /^(yes|no)$/.test(stdout.trim()) ? stdout.trim() === 'yes' : null;
  } catch {
    return existsSync('/run/systemd/timesync/synchronized') ? true : null;
  }
}
