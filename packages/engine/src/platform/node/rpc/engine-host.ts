import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { EngineHandle } from '../../../api.ts';
import { toHex } from '../../../store/hex.ts';
import type { Profile } from '../profile.ts';
import { makePrivate } from '../profile-directory.ts';
import type { ProfilePaths } from '../profile-directory.ts';
import { RPC_ERRORS, asRequest, failure, isObject } from '../../../rpc/json-rpc.ts';
import {
  LOCAL_PROTOCOL,
  newOwnerAddress,
  publishOwnerAddress,
  removeOwnerAddress,
  sameSecret,
} from './owner-address.ts';
import { servePeer } from './serve-rpc.ts';
import type { ServedPeer } from './serve-rpc.ts';

const HELLO_TIMEOUT_MS = 5000;
const MAX_HELLO = 1024;
const MAX_CLIENTS = 256;
const FLUSH_MS = 500;
/** A client that was busy so shortly ago may still have something to ask. */
const QUIET_MS = 250;

/** The owner's side: listens on the profile's local socket and serves the engine to other processes. */
export class EngineHost {
  readonly #paths: ProfilePaths;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #peers = new Set<ServedPeer>();
  readonly #engine = Promise.withResolvers<Omit<EngineHandle, 'close'>>();
  /** What clients need to take over a profile that is locked with a passphrase. Who may connect may read it all anyway. */
  #takeover: { key?: string } = {};
  #busyAt = Date.now();

  private constructor(paths: ProfilePaths, server: Server) {
    this.#paths = paths;
    this.#server = server;
    // Nobody may be waiting when the engine could not be opened.
    this.#engine.promise.catch(() => undefined);
  }

  /** Starts to listen; clients wait until serve(). The caller holds the owner's lock. */
  static async listen(paths: ProfilePaths): Promise<EngineHost> {
    removeOwnerAddress(paths);
    const server = createServer();
    server.maxConnections = MAX_CLIENTS;
    const host = new EngineHost(paths, server);
    let owner = newOwnerAddress(paths.directory);
    try {
      await listenAt(server, owner.address);
    } catch {
      // Not every file system can hold a socket; the temporary directory's can.
      owner = newOwnerAddress(null);
      await listenAt(server, owner.address);
    }
    server.on('error', () => undefined);
    server.on('connection', (socket) => host.#welcome(socket, owner.secret));
    makePrivate(owner.address, 0o600);
    publishOwnerAddress(paths, owner);
    return host;
  }

  serve(engine: Omit<EngineHandle, 'close'>, { keyProtection, platform }: Profile): void {
    if (keyProtection === 'passphrase') this.#takeover = { key: toHex(platform.databaseKey) };
    this.#engine.resolve(engine);
  }

  /** Resolves when no client has a call under way, nor had one just now; or after `maxMs`. */
  async quiet(maxMs: number): Promise<void> {
    const until = Date.now() + maxMs;
    while (this.#sockets.size > 0 && Date.now() < until) {
      if ([...this.#peers].some((peer) => peer.calls > 0)) this.#busyAt = Date.now();
      if (Date.now() - this.#busyAt >= QUIET_MS) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Clients see their connection end and look for the next owner. To be called before the lock is released. */
  close(): void {
    this.#engine.reject(new Error('closed'));
    this.#server.close();
    for (const socket of this.#sockets) {
      // Answers already written still go out, to whoever reads them.
      socket.destroySoon();
      setTimeout(() => socket.destroy(), FLUSH_MS).unref();
    }
    removeOwnerAddress(this.#paths);
  }

  #welcome(socket: Socket, secret: string): void {
    this.#sockets.add(socket);
    this.#busyAt = Date.now();
    const timer = setTimeout(() => socket.destroy(), HELLO_TIMEOUT_MS);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      this.#sockets.delete(socket);
    });
    readFirstLine(socket, (line) => {
      clearTimeout(timer);
      const hello = parseHello(line);
      if (hello === null || !sameSecret(hello.secret, secret)) {
        socket.destroy();
      } else if (hello.protocol !== LOCAL_PROTOCOL) {
        socket.end(`${JSON.stringify(failure(0, RPC_ERRORS.invalidRequest, 'version'))}\n`);
      } else {
        this.#engine.promise.then(
          (engine) => this.#servePeer(engine, socket),
          () => socket.destroy(),
        );
      }
    });
  }

  #servePeer(engine: Omit<EngineHandle, 'close'>, socket: Socket): void {
    if (socket.destroyed) return;
    this.#busyAt = Date.now();
    socket.write(
      `${JSON.stringify({ jsonrpc: '2.0', id: 0, result: { protocol: LOCAL_PROTOCOL, ...this.#takeover } })}\n`,
    );
    const peer = servePeer(engine, socket, socket);
    this.#peers.add(peer);
    void peer.ended.then(() => {
      this.#peers.delete(peer);
      socket.end();
    });
  }
}

function listenAt(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Reads one line of at most MAX_HELLO bytes and leaves the rest to the next reader. */
function readFirstLine(socket: Socket, onLine: (line: string) => void): void {
  let received = Buffer.alloc(0);
  const onData = (data: Buffer): void => {
    received = Buffer.concat([received, data]);
    const end = received.indexOf(0x0a);
    if (end > MAX_HELLO || (end < 0 && received.length > MAX_HELLO)) {
      socket.destroy();
    } else if (end >= 0) {
      socket.off('data', onData);
      socket.pause();
      if (end + 1 < received.length) socket.unshift(received.subarray(end + 1));
      onLine(received.toString('utf8', 0, end));
    }
  };
  socket.on('data', onData);
}

function parseHello(line: string): { secret: unknown; protocol: unknown } | null {
  try {
    const request = asRequest(JSON.parse(line));
    if (request?.method !== 'hello' || !isObject(request.params)) return null;
    return { secret: request.params['secret'], protocol: request.params['protocol'] };
  } catch {
    return null;
  }
}
