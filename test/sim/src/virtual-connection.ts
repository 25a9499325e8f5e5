import type { Socket } from '@sotto/protocol/link';
import type { RandomSource } from './random-source.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { NetworkFaults } from './virtual-network.ts';
import type { VirtualProcess } from './virtual-process.ts';

/** What a WebSocket reports when the connection broke (RFC 6455, section 7.4.1). */
const CLOSED_ABNORMALLY = 1006;
/** How long one side may take to notice that the other is gone. */
const UNNOTICED_MS = 60_000;

export interface ConnectionParts {
  readonly clock: VirtualClock;
  readonly random: RandomSource;
  readonly faults: () => NetworkFaults;
  readonly client: VirtualProcess;
  readonly server: VirtualProcess;
  /** Host of the client. */
  readonly remote: string;
  readonly onEnd: () => void;
}

/** A WebSocket: two ordered streams of messages that end together, when all is well. */
export class VirtualConnection {
  readonly client: VirtualEnd;
  readonly server: VirtualEnd;
  readonly remote: string;
  readonly #parts: ConnectionParts;
  readonly #forget: readonly (() => void)[];

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.remote = parts.remote;
    this.client = new VirtualEnd(parts.client, this);
    this.server = new VirtualEnd(parts.server, this);
    this.#forget = [parts.client.onKill(() => this.break()), parts.server.onKill(() => this.break())];
  }

  /** A message on its way, with whatever happens to it there. */
  carry(from: VirtualEnd, message: Uint8Array): void {
    const { clock, random } = this.#parts;
    const faults = this.#parts.faults();
    const to = this.#other(from);
    if (random.chance(faults.cut)) return this.break();
    if (random.chance(faults.drop)) return;
    let at = clock.now() + random.between(faults.minDelayMs, faults.maxDelayMs);
    if (random.chance(faults.stall)) at += random.between(0, faults.maxStallMs);
    if (!random.chance(faults.reorder)) at = from.lastArrivalMs = Math.max(at, from.lastArrivalMs);
    const copies = random.chance(faults.duplicate) ? 2 : 1;
    const isLast = random.chance(faults.cutBehind);
    from.bufferedBytes += message.length;
    clock.after(at - clock.now(), () => {
      from.bufferedBytes -= message.length;
      for (let copy = 0; copy < copies; copy++) to.hear(message.slice());
      if (isLast) this.break();
    });
  }

  /** An orderly close: nothing overtakes what was sent before. */
  close(from: VirtualEnd, code: number, reason: string): void {
    const { clock } = this.#parts;
    clock.after(0, () => from.end(code, reason));
    if (from.deaf) return;
    const to = this.#other(from);
    const at = Math.max(clock.now() + this.#parts.faults().minDelayMs, from.lastArrivalMs);
    clock.after(at - clock.now(), () => {
      if (!to.deaf) to.end(code, reason);
      this.#ended();
    });
  }

  /** Everything under way is lost; each side notices at once, or later. */
  break(): void {
    const { clock, random } = this.#parts;
    for (const end of [this.client, this.server]) {
      if (end.deaf) continue;
      end.deaf = true;
      const unnoticedMs = random.chance(0.5) ? 0 : random.between(1, UNNOTICED_MS);
      clock.after(unnoticedMs, () => end.end(CLOSED_ABNORMALLY, ''));
    }
    this.#ended();
  }

  #other(end: VirtualEnd): VirtualEnd {
    return end === this.client ? this.server : this.client;
  }

  #ended(): void {
    for (const forget of this.#forget) forget();
    this.#parts.onEnd();
  }
}

/** One side's socket. */
class VirtualEnd implements Socket {
  readonly #process: VirtualProcess;
  readonly #connection: VirtualConnection;
  onMessage: (message: Uint8Array) => void = () => undefined;
  onClose: (code: number, reason: string) => void = () => undefined;
  /** Sent and not arrived. */
  bufferedBytes = 0;
  lastArrivalMs = 0;
  /** The connection broke: nothing comes any more, but this side need not know yet. */
  deaf = false;
  #closing = false;
  #closed = false;
  #paused = false;
  #held: Uint8Array[] = [];

  constructor(process: VirtualProcess, connection: VirtualConnection) {
    this.#process = process;
    this.#connection = connection;
  }

  send(message: Uint8Array): void {
    if (this.#process.alive && !this.#closing && !this.#closed && !this.deaf) {
      this.#connection.carry(this, message.slice());
    }
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
