import type { Connection, EngineHandle } from '@sotto/engine/api';
import { EXIT, exitStatusOf } from '../exit-status.ts';

/** How long a command waits to know whether the node is there. */
export const FIRST_CONNECTION_MS = 10_000;

/** The connection once it is known to work or not to; after `timeoutMs` as it is. */
export async function untilConnected(engine: EngineHandle, timeoutMs: number): Promise<Connection> {
  const known = Promise.withResolvers<void>();
  const off = engine.on((event) => {
    if (event.type === 'connection' && event.connection.state !== 'connecting') known.resolve();
  });
  const timer = setTimeout(known.resolve, timeoutMs);
  try {
    const connection = await engine.connection({});
    if (connection.state !== 'connecting') return connection;
    await known.promise;
    return await engine.connection({});
  } finally {
    clearTimeout(timer);
    off();
  }
}

/** Exit status of a command that needed the node: 69 when it was not reached, 77 when it does not want this profile. */
export function connectionStatus({ state, code }: Connection): number {
  if (state === 'online') return EXIT.done;
  return code === undefined ? EXIT.unreachable : exitStatusOf(code);
}

export const connectionWords = ({ node, problem }: Connection): string =>
  `Not connected to ${node}. ${problem ?? 'It has not answered yet.'}`;
