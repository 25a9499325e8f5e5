import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { RingStatus } from '../../ring/ring-status.ts';
import type { LeaveProgress } from '../../ring/leaving.ts';

/** What the operator may ask a running node. */
export interface ControlHandlers {
  status(): Promise<RingStatus>;
  /** A join token. null: this node cannot let anybody in. */
  invite(): string | null;
  /** Resolves when nothing is kept here any more; the node then stops by itself. @throws LeaveError */
  leave(onProgress: (progress: LeaveProgress) => void): Promise<void>;
}

/** One line of JSON each. Progress lines may come before the one that says how it ended. */
type ControlAnswer = { readonly progress: LeaveProgress } | { readonly ok: unknown } | { readonly error: string };

const MAX_LINE = 256;

/** Listens for `sotto ring …` of the same user (RING-49). */
export function serveControl(address: string, handlers: ControlHandlers): Promise<Server> {
  // Left behind by a node that was killed; a running one has the database, and this one would not have come so far.
  rmSync(address, { force: true });
  const server = createServer((socket) => converse(socket, handlers));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // Made by listen() itself, before it returns: at no moment is it anybody else's.
    const before = process.umask(0o177);
    server.listen(address, () => {
      server.off('error', reject);
      chmodSync(address, 0o600);
      // The node ends when its port is closed, whoever still watches.
      server.unref();
      resolve(server);
    });
    process.umask(before);
  });
}

function converse(socket: Socket, handlers: ControlHandlers): void {
  let line = '';
  const say = (answer: ControlAnswer): void => {
    if (!socket.destroyed) socket.write(`${JSON.stringify(answer)}\n`);
  };
  socket.on('error', () => {});
  socket.setEncoding('utf8');
  socket.on('data', (data: string) => {
    line += data;
    if (line.length > MAX_LINE) socket.destroy();
    if (!line.includes('\n')) return;
    socket.removeAllListeners('data');
    answer(line.trim(), handlers, (progress) => say({ progress })).then(
      (ok) => {
        say({ ok });
        socket.end();
      },
      (error: unknown) => {
        say({ error: error instanceof Error ? error.message : 'failed' });
        socket.end();
      },
    );
  });
}

async function answer(
  command: string,
  handlers: ControlHandlers,
  onProgress: (progress: LeaveProgress) => void,
): Promise<unknown> {
  switch (command) {
    case 'status':
      return handlers.status();
    case 'invite': {
      const token = handlers.invite();
      if (token === null) throw new Error("this node's operator was let in too far from the founders to let others in");
      return token;
    }
    case 'leave':
      await handlers.leave(onProgress);
      return null;
    default:
      throw new Error('the running node does not know this command');
  }
}
