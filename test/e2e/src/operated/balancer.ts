import { connect, createServer, type Server, type Socket } from 'node:net';

/** A load balancer as simple as it gets: connections go to one edge after the other; who does not answer is passed over. */
export class Balancer {
  readonly port: number;
  readonly #server: Server;
  readonly #edges: readonly number[];
  readonly #sockets = new Set<Socket>();
  #next = 0;

  private constructor(server: Server, port: number, edges: readonly number[]) {
    this.#server = server;
    this.port = port;
    this.#edges = edges;
    server.on('connection', (client) => this.#take(client));
  }

  /** @param edges ports of this machine */
  static async start(edges: readonly number[]): Promise<Balancer> {
    const server = createServer({ pauseOnConnect: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    return new Balancer(server, typeof address === 'object' && address !== null ? address.port : 0, edges);
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(client: Socket): void {
    this.#keep(client);
    this.#pass(client, this.#next++, this.#edges.length);
  }

  #pass(client: Socket, at: number, left: number): void {
    if (left === 0 || client.destroyed) return void client.destroy();
    const edge = this.#keep(connect(this.#edges[at % this.#edges.length]!, '127.0.0.1'));
    const passOn = (): void => this.#pass(client, at + 1, left - 1);
    edge.once('error', passOn);
    edge.once('connect', () => {
      edge.off('error', passOn);
      client.pipe(edge).pipe(client);
      client.once('close', () => edge.destroy());
      edge.once('close', () => client.destroy());
    });
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}

/** One that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
