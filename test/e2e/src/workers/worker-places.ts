import { readdir, readFile, readlink } from 'node:fs/promises';

/** Processes that a process started, as the system lists them. */
export async function workersOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')),
  );
  return lists.flatMap((list) => list.split(' ').filter((text) => text !== '')).map(Number);
}

/** Which of these processes has the other end of a connection of this machine. @throws when none has */
export async function placeOf(pids: readonly number[], serverPort: number, clientPort: number): Promise<number> {
  const inode = await inodeOf(serverPort, clientPort);
  for (const pid of pids) {
    const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const names = await Promise.all(files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => '')));
    if (names.includes(`socket:[${inode}]`)) return pid;
  }
  throw new Error('no worker has this connection');
}

/** The server's end: local port, remote port and inode in the system's table of connections (proc(5)). */
async function inodeOf(serverPort: number, clientPort: number): Promise<string> {
  const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');
  for (const line of (await readFile('/proc/net/tcp', 'utf8')).split('\n')) {
    const [, local = '', remote = '', , , , , , , inode = ''] = line.trim().split(/\s+/);
    if (local.endsWith(`:${hex(serverPort)}`) && remote.endsWith(`:${hex(clientPort)}`)) return inode;
  }
  throw new Error('there is no such connection');
}
