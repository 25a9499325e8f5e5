import { WebSocketServer, type WebSocket } from 'ws';

/**
 * The yardstick: `ws` alone, frames corked per destination and turn. A frame's first four bytes name the destination;
 * nothing is encrypted, checked, signed or stored.
 */
export function startBareRelay(): Promise<number> {
  const users = new Map<number, Peer>();
  const dirty: Peer[] = [];
  const drain = (): void => {
    for (const peer of dirty.splice(0)) {
      peer.corked = false;
      peer.socket.uncork();
    }
  };
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    backlog: 4096,
    perMessageDeflate: false,
    skipUTF8Validation: true,
    maxPayload: 65_536,
  });
  server.on('connection', (ws, request) => {
    const id = Number(request.url?.slice(1));
    users.set(id, { ws, socket: request.socket, corked: false });
    ws.on('message', (data: Buffer) => {
      const peer = users.get(data.readUInt32LE(0));
      if (peer === undefined) return;
      if (!peer.corked) {
        peer.corked = true;
        peer.socket.cork();
        if (dirty.push(peer) === 1) setImmediate(drain);
      }
      peer.ws.send(data, { binary: true, compress: false, mask: false });
    });
    ws.on('close', () => users.delete(id));
    ws.on('error', () => undefined);
  });
  return new Promise((resolve) => {
    server.once('listening', () => resolve((server.address() as { port: number }).port));
  });
}

interface Peer {
  readonly ws: WebSocket;
  readonly socket: { cork(): void; uncork(): void };
  corked: boolean;
}
