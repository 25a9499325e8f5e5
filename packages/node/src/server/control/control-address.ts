import { join } from 'node:path';

/** The shortest limit for the path of a unix socket is 104 bytes with its final zero (macOS, sockaddr_un). */
const MAX_SOCKET_PATH = 100;

/**
 * Where a running node hears its operator: only who may open its data directory may connect.
 * @returns null where there can be none: the path is too long, or the system has no such sockets
 */
export function controlAddress(dataDir: string, platform: NodeJS.Platform = process.platform): string | null {
  const path = join(dataDir, 'control.sock');
  return platform === 'win32' || Buffer.byteLength(path) > MAX_SOCKET_PATH ? null : path;
}
