import type { Connection, EngineHandle } from '@sotto/engine/api';

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
