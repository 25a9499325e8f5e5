import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Limits } from '../limits.ts';
import { HalfOpen } from '../links/half-open.ts';
import type { NodeMetrics } from '../node-metrics.ts';
import { remoteKey } from './remote-key.ts';

type Listener = (this: Server, socket: Socket) => void;

/**
 * Connections that asked for nothing so far: as many as there may be unfinished handshakes (OPS-62). Who has too many
 * is hung up on before anything is made for the connection; when there are too many in all, the oldest is hung up on.
 */
export function limitSilentConnections(
  server: Server,
  limits: Pick<Limits, 'halfOpen' | 'halfOpenPerAddress'>,
  metrics: NodeMetrics,
): void {
  const silent = new HalfOpen(limits);
  /** By both ends: with TLS, what a request comes by is another socket than what was accepted. */
  const leaving = new Map<string, () => void>();
  const asked = ({ socket }: { readonly socket: Socket }): void => leaving.get(nameOf(socket))?.();
  const listeners = server.listeners('connection') as Listener[];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const hangUp = (): void => {
      metrics.connectionsRefused += 1;
      socket.destroy();
    };
    const name = nameOf(socket);
    const leave = silent.enter(remoteKey(socket.remoteAddress ?? ''), hangUp);
    if (leave === null) return hangUp();
    const over = (): void => {
      leave();
      leaving.delete(name);
      // Ten thousand links must not hold this.
      socket.off('close', over);
    };
    leaving.set(name, over);
    socket.once('close', over);
    for (const listener of listeners) listener.call(server, socket);
  });
  server.on('request', asked);
  server.on('upgrade', asked);
}

const nameOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
