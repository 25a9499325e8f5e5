import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makePrivate } from '../profile-directory.ts';
import type { ProfilePaths } from '../profile-directory.ts';

/**
 * Where the owner of a profile listens and what its clients must show (RPC-2). Both are new with each owner, and
 * stand in a file that only the profile's user can read: nobody can listen in its place, or connect without leave.
 */
export interface OwnerAddress {
  /** Path of a unix socket, or of a named pipe. */
  readonly address: string;
  /** 64 hex digits. */
  readonly secret: string;
}

/** Version of the conversation between owner and clients; another one is refused (RPC-2). */
export const LOCAL_PROTOCOL = 1;

/** The shortest limit for the path of a unix socket is 104 bytes with its final zero (macOS, sockaddr_un). */
const MAX_SOCKET_PATH = 100;

/** @param directory where a socket should stand; null, or too long a path: in the temporary directory */
export function newOwnerAddress(directory: string | null, platform: NodeJS.Platform = process.platform): OwnerAddress {
  return { address: newAddress(directory, platform), secret: randomBytes(32).toString('hex') };
}

function newAddress(directory: string | null, platform: NodeJS.Platform): string {
  if (platform === 'win32') return `\\\\.\\pipe\\sotto-${randomBytes(16).toString('hex')}`;
  const inside = directory === null ? null : join(directory, `rpc-${randomBytes(4).toString('hex')}.sock`);
  if (inside !== null && Buffer.byteLength(inside) <= MAX_SOCKET_PATH) return inside;
  const name = `sotto-${randomBytes(16).toString('hex')}.sock`;
  const temporary = join(tmpdir(), name);
  return Buffer.byteLength(temporary) <= MAX_SOCKET_PATH ? temporary : join('/tmp', name);
}

/** null when there is none, or it is just being written. */
export function readOwnerAddress(paths: ProfilePaths): OwnerAddress | null {
  try {
    const value: unknown = JSON.parse(readFileSync(paths.owner, 'utf8'));
    if (typeof value !== 'object' || value === null || !('address' in value) || !('secret' in value)) return null;
    const { address, secret } = value;
    return typeof address === 'string' && typeof secret === 'string' ? { address, secret } : null;
  } catch {
    return null;
  }
}

/** Makes the address known. The caller holds the owner's lock and listens already. */
export function publishOwnerAddress(paths: ProfilePaths, owner: OwnerAddress): void {
  const temporary = `${paths.owner}.new`;
  writeFileSync(temporary, JSON.stringify(owner), { mode: 0o600 });
  makePrivate(temporary, 0o600);
  renameSync(temporary, paths.owner);
}

/** Removes what an owner left, a dead one's too. The caller holds the owner's lock. */
export function removeOwnerAddress(paths: ProfilePaths): void {
  const old = readOwnerAddress(paths);
  // Only what this program names so is removed, whatever the file says.
  if (old !== null && /[/\\](rpc|sotto)-[0-9a-f]+\.sock$/.test(old.address)) rmSync(old.address, { force: true });
  rmSync(paths.owner, { force: true });
}

/** Compares without telling by its duration how much is right. */
export function sameSecret(given: unknown, expected: string): boolean {
  if (typeof given !== 'string') return false;
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}
