import { serveRpc } from '@sotto/engine/platform/node';
import { EXIT } from '../exit-status.ts';
import type { CommandContext } from './command-context.ts';

/** `sotto rpc`: serves until standard input ends, or a signal comes. */
export async function rpc({ session, interrupted }: CommandContext): Promise<number> {
  const engine = await session();
  await Promise.race([serveRpc(engine, process.stdin, process.stdout), interrupted]);
  // An input that is still open would keep the process alive.
  process.stdin.destroy();
  return EXIT.done;
}
