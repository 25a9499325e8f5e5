import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Lane } from './lane.ts';

export interface Line {
  /** There and back. */
  readonly roundTripMs: number;
  /** Towards the browser, all connections together; 0: no limit. */
  readonly kilobitsPerSecond: number;
  /** From the browser; 0: no limit. */
  readonly upKilobitsPerSecond: number;
}

export interface SlowLine {
  readonly port: number;
  close(): void;
}

/** A phone's line to a local port: packets take turns on it and are late. It slows workers as well, which a browser's own throttling does not. */
export async function slowLine(port: number, line: Line): Promise<SlowLine> {
  const halfMs = line.roundTripMs / 2;
  const up = new Lane(line.upKilobitsPerSecond, halfMs);
  const down = new Lane(line.kilobitsPerSecond, halfMs);
  const sockets = new Set<Socket>();
  const server = createServer({ pauseOnConnect: true, noDelay: true }, (browser) => {
    const node = connect({ port, host: '127.0.0.1', noDelay: true });
    for (const socket of [browser, node]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    const [toNode, toBrowser] = [up.flow(), down.flow()];
    // Opening a connection costs a round trip of its own. Timers may be a little early.
    setTimeout(() => browser.resume(), line.roundTripMs === 0 ? 0 : line.roundTripMs + 1);
    browser.on('data', (data) => toNode.send(data as Uint8Array, (piece) => node.write(piece)));
    node.on('data', (data) => toBrowser.send(data as Uint8Array, (piece) => browser.write(piece)));
    browser.on('end', () => toNode.after(() => node.end()));
    node.on('end', () => toBrowser.after(() => browser.end()));
    // A connection that either side gave up, for instance an idle one, is none of the other's any more.
    browser.on('close', () => node.destroy());
    node.on('close', () => toBrowser.after(() => browser.destroySoon()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      for (const lane of [up, down]) lane.close();
    },
  };
}
