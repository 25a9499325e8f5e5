import { setTimeout as wait } from 'node:timers/promises';
import type { Connection, EngineHandle } from '@sotto/engine/api';

/** How long a new account waits for all its homes. */
export const PUBLISHED_MS = 15_000;
const LOOK_MS = 100;

/**
 * Until every node that is to keep this account's messages has its keys: whoever writes first may ask any of them.
 * @returns the connection then, or after `timeoutMs` as it is
 */
export async function untilPublished(engine: Pick<EngineHandle, 'connection'>, timeoutMs: number): Promise<Connection> {
  const giveUp = AbortSignal.timeout(timeoutMs);
  for (;;) {
    const connection = await engine.connection({});
    if (connection.homesBehind === undefined || giveUp.aborted) return connection;
    await wait(LOOK_MS);
  }
}

export const behindWords = ({ homes = 0, homesBehind = 0 }: Connection): string =>
  `${homesBehind} of the ${homes} nodes that keep messages for you ${homesBehind === 1 ? 'was' : 'were'} not reached. ` +
  'The others have what is needed; what is missing there follows by itself when Sotto runs again.';
