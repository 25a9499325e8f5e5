import type { ServerSocket } from './web-socket/server-socket.ts';

const TICK_MS = 1000;
/** A socket is pinged this often, and given up when nothing came until the next ping. */
const ROUND_TICKS = 30;

/** Pings a part of all sockets each second: a peer that vanished without a word is noticed within a minute. */
export class KeepAlive {
  readonly #rounds: Set<ServerSocket>[] = Array.from({ length: ROUND_TICKS }, () => new Set());
  readonly #timer: NodeJS.Timeout;
  #tick = 0;
  #next = 0;

  constructor() {
    this.#timer = setInterval(() => this.#ping(), TICK_MS);
    this.#timer.unref();
  }

  add(socket: ServerSocket): void {
    this.#next = (this.#next + 1) % ROUND_TICKS;
    this.#rounds[this.#next]!.add(socket);
  }

  delete(socket: ServerSocket): void {
    for (const round of this.#rounds) if (round.delete(socket)) return;
  }

  /** Ends all sockets without waiting for the other side. */
  terminateAll(): void {
    clearInterval(this.#timer);
    for (const round of this.#rounds) for (const socket of round) socket.terminate();
  }

  #ping(): void {
    this.#tick = (this.#tick + 1) % ROUND_TICKS;
    for (const socket of this.#rounds[this.#tick]!) {
      if (socket.alive) socket.sendPing();
      else socket.terminate();
    }
  }
}
