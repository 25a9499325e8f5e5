import type { PeerDialer } from '../ring/peer-dialer.ts';
import type { TestNode } from './test-node.ts';
import type { VirtualClock } from './virtual-clock.ts';
import { VirtualSocket } from './virtual-socket.ts';

/** Nodes by their addresses, and sockets in memory between them. */
export class TestNetwork {
  readonly clock: VirtualClock;
  readonly #nodes = new Map<string, TestNode>();
  /** Both ends of every connection that was opened. */
  readonly sockets: { readonly url: string; readonly from: string; readonly ends: readonly VirtualSocket[] }[] = [];
  readonly #sinks = new Set<string>();
  /** Addresses nobody reaches. */
  readonly unreachable = new Set<string>();

  constructor(clock: VirtualClock) {
    this.clock = clock;
  }

  listen(url: string, node: TestNode): void {
    this.#nodes.set(url, node);
  }

  /** At that address something takes connections and says nothing. */
  sink(url: string): void {
    this.#nodes.delete(url);
    this.#sinks.add(url);
  }

  /** The node at that address is gone without a word. */
  remove(url: string): void {
    this.#nodes.get(url)?.core.abandon();
    this.#nodes.delete(url);
    for (const { ends, ...socket } of this.sockets) {
      if (socket.url === url || socket.from === url) for (const end of ends) end.cut();
    }
  }

  /** Nobody reaches that address nor is reached from it, and what is open ends. */
  cut(url: string): void {
    this.unreachable.add(url);
    for (const { ends, ...socket } of this.sockets) {
      if (socket.url === url || socket.from === url) for (const end of ends) end.cut();
    }
  }

  mend(url: string): void {
    this.unreachable.delete(url);
  }

  dialer(from: string): PeerDialer {
    return {
      open: (url, subprotocol) => {
        let cancelled = false;
        const socket = new Promise<VirtualSocket>((resolve, reject) => {
          this.clock.defer(() => {
            const node = this.#nodes.get(url);
            if (
              cancelled ||
              (node === undefined && !this.#sinks.has(url)) ||
              this.unreachable.has(url) ||
              this.unreachable.has(from)
            ) {
              return reject(new Error('unreachable'));
            }
            const [near, far] = VirtualSocket.pair(this.clock.defer);
            this.sockets.push({ url, from, ends: [near, far] });
            node?.core.accept(far, subprotocol, from);
            resolve(near);
          });
        });
        return {
          socket,
          cancel: () => {
            cancelled = true;
          },
        };
      },
    };
  }
}
