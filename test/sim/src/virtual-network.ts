import type { Socket } from '@sotto/protocol/link';
import { DialError, type Dialer } from '@sotto/engine';
import type { RandomSource } from './random-source.ts';
import { VirtualConnection } from './virtual-connection.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { VirtualProcess } from './virtual-process.ts';

/** How bad the network is; probabilities are per message unless said otherwise. */
export interface NetworkFaults {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** A message, and all behind it, takes up to `maxStallMs`. */
  readonly stall: number;
  readonly maxStallMs: number;
  /** A message vanishes, comes twice, or overtakes those before it: a hostile box on the way can do that to a stream. */
  readonly drop: number;
  readonly duplicate: number;
  readonly reorder: number;
  /** The connection breaks, with everything under way. */
  readonly cut: number;
  /** The connection breaks when the message has arrived: the answer will not. */
  readonly cutBehind: number;
  /** A dial fails, at once or after a time-out. */
  readonly unreachable: number;
}

export const PERFECT: NetworkFaults = {
  minDelayMs: 1,
  maxDelayMs: 2,
  stall: 0,
  maxStallMs: 0,
  drop: 0,
  duplicate: 0,
  reorder: 0,
  cut: 0,
  cutBehind: 0,
  unreachable: 0,
};

export interface Listener {
  readonly process: VirtualProcess;
  accept(socket: Socket, subprotocol: string, remote: string): void;
}

const DIAL_TIMEOUT_MS = 10_000;

/** Every host and connection of a simulation. */
export class VirtualNetwork {
  readonly #clock: VirtualClock;
  readonly #random: RandomSource;
  readonly #listeners = new Map<string, Listener>();
  readonly #connections = new Set<VirtualConnection>();
  readonly #cutOff = new Set<string>();
  faults: NetworkFaults = PERFECT;

  constructor(clock: VirtualClock, random: RandomSource) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Who answers at this URL from now on. */
  listen(url: string, listener: Listener): void {
    this.#listeners.set(url, listener);
  }

  /** Breaks the connections of one host. */
  cut(remote: string): void {
    for (const connection of this.#connections) if (connection.remote === remote) connection.break();
  }

  /** Nothing comes from or to this host, until it is joined again. */
  isolate(remote: string): void {
    this.#cutOff.add(remote);
    this.cut(remote);
  }

  join(remote: string): void {
    this.#cutOff.delete(remote);
  }

  dialerOf(process: VirtualProcess, remote: string): Dialer {
    return {
      open: (url, subprotocol) => {
        const { promise, resolve, reject } = Promise.withResolvers<Socket>();
        const fails = this.#cutOff.has(remote) || this.#random.chance(this.faults.unreachable);
        const waitMs = fails && this.#random.chance(0.5) ? DIAL_TIMEOUT_MS : this.#delay();
        const cancelWait = this.#clock.after(waitMs, () => {
          if (!process.alive) return;
          const listener = this.#listeners.get(url);
          if (fails || this.#cutOff.has(remote) || listener?.process.alive !== true) {
            process.run(() => reject(new DialError('unreachable', 'No node answers there')));
          } else {
            resolve(this.#connect(process, listener, subprotocol, remote));
          }
        });
        const cancel = (): void => {
          cancelWait();
          reject(new DialError('cancelled', 'The dial was cancelled'));
        };
        return { socket: promise, cancel };
      },
    };
  }

  #connect(client: VirtualProcess, listener: Listener, subprotocol: string, remote: string): Socket {
    const connection = new VirtualConnection({
      clock: this.#clock,
      random: this.#random,
      faults: () => this.faults,
      client,
      server: listener.process,
      remote,
      onEnd: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
    listener.accept(connection.server, subprotocol, remote);
    return connection.client;
  }

  #delay(): number {
    return this.#random.between(this.faults.minDelayMs, this.faults.maxDelayMs);
  }
}
