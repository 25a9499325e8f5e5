import { noblePrimitives as primitives } from '@sotto/protocol/crypto';
import type { Random } from '@sotto/protocol/crypto';
import { createAccount, createDevice } from '@sotto/protocol/identity';
import { DialError } from '../../ports.ts';
import type { Dialer } from '../../ports.ts';
import type { ConnectionPlatform, NodeRoute } from '../connection.ts';
import { FakeNode } from './fake-node.ts';
import { VirtualClock } from './virtual-clock.ts';
import { VirtualSocket } from './virtual-socket.ts';

/** Each call differs, each run is the same. */
function countingRandom(seed: number): Random {
  let state = seed;
  return (length) =>
    Uint8Array.from({ length }, () => {
      // Numerical Recipes' linear congruential generator: good enough for tests.
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    });
}

/** Nodes at URLs, and the platform with which one reaches them. */
export class VirtualNetwork {
  readonly clock = new VirtualClock();
  readonly random = countingRandom(7);
  readonly nodes = new Map<string, FakeNode>();
  /** URLs dialled, with the time. */
  readonly dialled: { url: string; subprotocol: string; atMs: number }[] = [];
  /** Sockets of clients. */
  readonly sockets: VirtualSocket[] = [];
  /** Dials never end while set. */
  silent = false;
  /** Of a message or a close. */
  latencyMs = 0;

  readonly dialer: Dialer = {
    open: (url, subprotocol) => {
      this.dialled.push({ url, subprotocol, atMs: this.clock.now() });
      const node = this.nodes.get(url);
      const { promise, resolve, reject } = Promise.withResolvers<VirtualSocket>();
      if (!this.silent) {
        this.clock.after(1, () => {
          if (node === undefined) return reject(new DialError('unreachable', 'nobody is there'));
          const [client, server] = VirtualSocket.pair(this.clock, this.latencyMs);
          this.sockets.push(client);
          resolve(client);
          node.accept(server, subprotocol);
        });
      }
      return { socket: promise, cancel: () => reject(new DialError('cancelled', 'given up')) };
    },
  };

  get platform(): ConnectionPlatform {
    return { dialer: this.dialer, clock: this.clock, primitives, random: this.random };
  }

  node(url: string, options: { psk?: Uint8Array; network?: Uint8Array } = {}): FakeNode {
    const node = new FakeNode({ clock: this.clock, random: this.random, url, ...options });
    this.nodes.set(url, node);
    return node;
  }

  identity(): { linkSecret: Uint8Array; certificate: Uint8Array } {
    const account = createAccount(primitives, this.random);
    return createDevice(primitives, this.random, account, 1, this.clock.now());
  }

  routeTo(node: FakeNode, changes: Partial<NodeRoute> = {}): NodeRoute {
    return { network: node.network, node: node.nodeId, urls: [node.url], psk: node.psk, ...changes };
  }
}
