import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Line {
  /** There and back. */
  readonly roundTripMs: number;
  /** Towards the browser, all connections together; 0: no limit. */
  readonly kilobitsPerSecond: number;
}

/** A phone's line to a local port: what goes over it is late, and what comes back waits for its turn. It slows workers as well, which a browser's own throttling does not. */
export async function slowLine(port: number, line: Line): Promise<{ port: number; close(): void }> {
  let freeAt = 0;
  const sockets = new Set<Socket>();
  const server = createServer((browser) => {
    const node = connect(port, '127.0.0.1');
    for (const socket of [browser, node]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    const halfMs = line.roundTripMs / 2;
    // Opening a connection costs a round trip of its own.
    const openAt = performance.now() + line.roundTripMs;
    const at = (dueMs: number, run: () => void): void => void setTimeout(run, Math.max(0, dueMs - performance.now()));
    browser.on('data', (data) => at(Math.max(openAt, performance.now()) + halfMs, () => node.write(data)));
    node.on('data', (data) => {
      const takesMs = line.kilobitsPerSecond === 0 ? 0 : (data.length * 8) / line.kilobitsPerSecond;
      freeAt = Math.max(freeAt, performance.now()) + takesMs;
      at(freeAt + halfMs, () => browser.write(data));
    });
    browser.on('end', () => node.end());
    node.on('end', () => at(freeAt + halfMs, () => browser.end()));
    // A connection that either side gave up, for instance an idle one, is none of the other's any more.
    browser.on('close', () => node.destroy());
    node.on('close', () => at(freeAt + halfMs, () => browser.destroySoon()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
