import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '../config/config.ts';
import { codeOf, reasonOf } from '../server/file-error.ts';
import { nodeKeyPath } from '../server/node-key-file.ts';
import { isDatabaseUrl } from '../store/open-store.ts';
import type { Machine } from './machine.ts';
import { failed, type NodeCheck, ok, warning } from './node-check.ts';

const MB = 1 << 20;
/** As the store sees a full disk coming. */
const LEAST_BYTES = 256 * MB;
const FEW_BYTES = 2048 * MB;
const SLOW_FLUSH_MS = 50;
/** statfs(2): file systems in memory. */
const TMPFS = 0x0102_1994;
const RAMFS = 0x8584_58f6;

/** The data directory: room, rights, and whether what is flushed is on a disk (OPS-58). */
export async function diskChecks(config: Config, machine: Machine): Promise<NodeCheck[]> {
  if (config.store === 'none' && !config.dataGiven && config.identityFile === null) {
    return [ok('disk', 'nothing is written (--store none)', 'Messages go to people who are connected, or nowhere.')];
  }
  const directory = nearest(config.data);
  const checks = [keyFile(config)];
  try {
    const space = await machine.space(directory);
    checks.push(room(config, space), await flush(config, machine, directory, space.type));
  } catch (error) {
    checks.push(unusable(config, error));
  }
  return checks;
}

/** The directory itself, or where it will be made. */
function nearest(directory: string): string {
  let path = directory;
  while (!existsSync(path) && dirname(path) !== path) path = dirname(path);
  return path;
}

function keyFile({ data, identityFile }: Config): NodeCheck {
  const name = 'node-key';
  const path = nodeKeyPath(data, identityFile);
  const mode = modeOf(path);
  if (mode === null) {
    return ok(name, `${path} is not there`, 'The first start makes it: a new node, which nobody knows yet.');
  }
  if ((mode & 0o077) === 0 || process.platform === 'win32') {
    return ok(name, `${path} is this user's alone`, 'Clients recognise the node by it. Keep a copy elsewhere.');
  }
  // Where a file is given, as to a container, others may not exist.
  return (identityFile === null ? failed : warning)(
    name,
    `${path} can be read by other users of this machine`,
    'Whoever reads it can pose as this node: take envelopes, and give false receipts. Messages stay unreadable.',
    `chmod 600 ${path}`,
  );
}

function modeOf(path: string): number | null {
  try {
    return statSync(path).mode;
  } catch {
    return null;
  }
}

interface Space {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

function room({ data, store }: Config, { freeBytes, totalBytes }: Space): NodeCheck {
  const found = `${Math.floor(freeBytes / MB)} MB of ${Math.floor(totalBytes / MB)} MB are free for ${data}`;
  const kept = isDatabaseUrl(store) ? "only the node's own keys; messages are in the database" : 'messages that wait';
  if (freeBytes < LEAST_BYTES) {
    return failed(
      'disk',
      found,
      `It keeps ${kept}. When it is full, nothing is accepted: senders keep what they have and try again (DISK_FULL).`,
      'Make room, or move the data directory to a larger disk.',
    );
  }
  if (freeBytes >= FEW_BYTES || isDatabaseUrl(store)) return ok('disk', found, `It keeps ${kept}.`);
  return warning(
    'disk',
    found,
    `It keeps ${kept}: about ${Math.floor(freeBytes / 8192)} more of the usual size.`,
    'Watch it.',
  );
}

async function flush({ data, store }: Config, machine: Machine, directory: string, type: number): Promise<NodeCheck> {
  const name = 'disk-flush';
  const isMemory = type === TMPFS || type >>> 0 === RAMFS;
  if (isMemory && store !== 'memory') {
    return failed(
      name,
      `${data} is in memory (tmpfs)`,
      'A restart of the machine takes the keys of the node and what waits there, also what was acknowledged.',
      'Give --data a directory on a disk.',
    );
  }
  const took = [await machine.flush(directory), await machine.flush(directory), await machine.flush(directory)];
  const ms = took.toSorted((a, b) => a - b)[1]!;
  const found = `fsync works there and takes ${ms < 1 ? 'less than 1' : Math.round(ms)} ms`;
  if (store !== 'sqlite') return ok(name, found, "It is for the node's own files.");
  if (ms <= SLOW_FLUSH_MS) {
    return ok(
      name,
      found,
      'A receipt waits for it. Whether the drive keeps its word when power fails, no program can tell.',
    );
  }
  return warning(
    name,
    found,
    'Each receipt waits for it: senders see “stored” that much later.',
    'Use a faster disk for --data.',
  );
}

function unusable({ data }: Config, error: unknown): NodeCheck {
  const isFull = codeOf(error) === 'ENOSPC';
  return failed(
    'disk-flush',
    `nothing can be written to ${data}: ${reasonOf(error)}`,
    isFull ? 'Nothing is accepted: senders keep what they have.' : 'The node does not start, or accepts nothing.',
    isFull
      ? 'Make room.'
      : 'Let the user who runs the node write there, on a disk that works, or give --data another directory.',
  );
}
