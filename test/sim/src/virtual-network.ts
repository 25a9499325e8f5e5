import type { Socket } from '@sotto/protocol/link';
import { DialError, type Dialer } from '@sotto/engine';
import type { RandomSource } from './random-source.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { VirtualProcess } from './virtual-process.ts';

/** How bad the network is; probabilities are per message unless said otherwise. */
export interface NetworkFaults {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** A message vanishes, comes twice, or overtakes the one before: a hostile box on the way can do that to a stream. */
  readonly drop: number;
  readonly duplicate: number;
  readonly reorder: number;
  /** The connection breaks, with everything under way. */
  readonly cut: number;
  /** A dial fails. */
  readonly unreachable: number;
}

export const PERFECT: NetworkFaults = {
  minDelayMs: 1,
  maxDelayMs: 2,
  drop: 0,
  duplicate: 0,
  reorder: 0,
  cut: 0,
  unreachable: 0,
};

export interface Listener {
  readonly process: VirtualProcess;
  accept(socket: Socket, subprotocol: string, remote: string): void;
}

const CLOSED_ABNORMALLY = 1006;
const TCP_TIMEOUT_MS = 10_000;

/** Every host and connection of a simulation. */
export class VirtualNetwork {
  readonly #clock: VirtualClock;
  readonly #random: RandomSource;
  readonly #listeners = new Map<string, Listener>();
  readonly #connections = new Set<Connection>();
  faults: NetworkFaults = PERFECT;

  constructor(clock: VirtualClock, random: RandomSource) {
    this.#clock = clock;
    this.#random = random;
  }

  listen(url: string, listener: Listener): void {
    this.#listeners.set(url, listener);
  }

  /** Breaks every connection. */
  cutAll(): void {
    for (const connection of this.#connections) connection.break();
  }

  dialerOf(process: VirtualProcess, remote: string): Dialer {
    return {
      open: (url, subprotocol) => {
        let cancel: () => void = () => undefined;
        const socket = new Promise<Socket>((resolve, reject) => {
          cancel = () => reject(new DialError('cancelled', 'The dial was cancelled.'));
          this.#clock.after(this.#delay(), () => {
            if (!process.alive) return;
            const listener = this.#listeners.get(url);
            if (listener?.process.alive !== true || this.#random.chance(this.faults.unreachable)) {
              reject(new DialError('unreachable', 'No node answers there.'));
              return;
            }
            resolve(this.#connect(process, listener, subprotocol, remote));
          });
        });
        return { socket, cancel: () => cancel() };
      },
    };
  }

  #connect(client: VirtualProcess, listener: Listener, subprotocol: string, remote: string): Socket {
    const connection = new Connection(client, listener.process, this.#clock, this.#random, () => this.faults);
    this.#connections.add(connection);
    connection.onEnd = () => this.#connections.delete(connection);
    listener.accept(connection.server, subprotocol, remote);
    return connection.client;
  }

  #delay(): number {
    return this.#random.between(this.faults.minDelayMs, this.faults.maxDelayMs);
  }
}

/** A WebSocket: two ordered streams of messages that end together. */
class Connection {
  readonly client: End;
  readonly server: End;
  onEnd: () => void = () => undefined;
  readonly #clock: VirtualClock;
  readonly #random: RandomSource;
  readonly #faults: () => NetworkFaults;

  constructor(
    client: VirtualProcess,
    server: VirtualProcess,
    clock: VirtualClock,
    random: RandomSource,
    faults: () => NetworkFaults,
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#faults = faults;
    this.client = new End(client, this);
    this.server = new End(server, this);
    // The other side of a dead process notices a reset, sooner or later.
    client.onKill(() => this.#ended(this.server));
    server.onKill(() => this.#ended(this.client));
  }

  carry(from: End, message: Uint8Array): void {
    const to = from === this.client ? this.server : this.client;
    const faults = this.#faults();
    if (this.#random.chance(faults.cut)) return this.break();
    if (this.#random.chance(faults.drop)) return;
    let at = this.#clock.now() + this.#random.between(faults.minDelayMs, faults.maxDelayMs);
    if (this.#random.chance(faults.reorder)) at = this.#clock.now();
    else at = from.lastArrival = Math.max(at, from.lastArrival);
    const copies = this.#random.chance(faults.duplicate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) this.#clock.after(at - this.#clock.now(), () => to.hear(message.slice()));
  }

  close(from: End, code: number, reason: string): void {
    const to = from === this.client ? this.server : this.client;
    // Nothing overtakes what was sent before.
    const at = Math.max(this.#clock.now() + this.#faults().minDelayMs, from.lastArrival);
    this.#clock.after(at - this.#clock.now(), () => {
      to.end(code, reason);
      this.onEnd();
    });
    this.#clock.after(0, () => from.end(code, reason));
  }

  break(): void {
    this.#ended(this.client);
    this.#ended(this.server);
    this.onEnd();
  }

  #ended(end: End): void {
    end.deaf = true;
    this.#clock.after(this.#random.chance(0.5) ? 0 : this.#random.between(1, TCP_TIMEOUT_MS), () =>
      end.end(CLOSED_ABNORMALLY, ''),
    );
  }
}

class End implements Socket {
  readonly #process: VirtualProcess;
  readonly #connection: Connection;
  onMessage: (message: Uint8Array) => void = () => undefined;
  onClose: (code: number, reason: string) => void = () => undefined;
  readonly bufferedBytes = 0;
  lastArrival = 0;
  /** The connection broke: nothing comes any more, but this side does not know yet. */
  deaf = false;
  #closing = false;
  #closed = false;
  #paused = false;
  #held: Uint8Array[] = [];

  constructor(process: VirtualProcess, connection: Connection) {
    this.#process = process;
    this.#connection = connection;
  }

  send(message: Uint8Array): void {
    if (this.#process.alive && !this.#closing && !this.#closed && !this.deaf)
      this.#connection.carry(this, message.slice());
  }

  close(code: number, reason: string): void {
    if (this.#closing || this.#closed || !this.#process.alive) return;
    this.#closing = true;
    this.#connection.close(this, code, reason);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    const held = this.#held;
    this.#held = [];
    for (const message of held) this.hear(message);
  }

  hear(message: Uint8Array): void {
    if (this.deaf || this.#closing || this.#closed) return;
    if (this.#paused) this.#held.push(message);
    else this.#process.run(() => this.onMessage(message));
  }

  end(code: number, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#process.run(() => this.onClose(code, reason));
  }
}
