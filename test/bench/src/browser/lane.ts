/** Bytes of a packet (Ethernet's 1,500 less the headers of IP and TCP). */
const PACKET = 1460;

/** What one connection sends in one direction. */
export interface Flow {
  /** Arrives in pieces no larger than a packet, in order. */
  send(data: Uint8Array, arrive: (piece: Uint8Array) => void): void;
  /** Behind everything that was sent before. */
  after(arrive: () => void): void;
}

interface Piece {
  readonly bytes: number;
  readonly arrive: () => void;
}

/**
 * One direction of a line that several connections share: they take turns packet by packet, each packet takes the time of
 * its bits, and arrives `delayMs` later. Never earlier than that; where the timers of this process are late, what was due
 * meanwhile comes at once, and the line has not stood still. No losses, and no slow start.
 */
export class Lane {
  readonly #kilobitsPerSecond: number;
  readonly #delayMs: number;
  /** Connections with something to send; the first has its turn. */
  readonly #turns: Piece[][] = [];
  /** On their way, the next to arrive first. */
  readonly #under: { readonly dueMs: number; readonly arrive: () => void }[] = [];
  #freeAtMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param kilobitsPerSecond 0: no limit */
  constructor(kilobitsPerSecond: number, delayMs: number) {
    this.#kilobitsPerSecond = kilobitsPerSecond;
    this.#delayMs = delayMs;
  }

  flow(): Flow {
    const waiting: Piece[] = [];
    const push = (piece: Piece): void => {
      waiting.push(piece);
      if (waiting.length > 1) return;
      if (this.#turns.length === 0) this.#freeAtMs = Math.max(this.#freeAtMs, performance.now());
      this.#turns.push(waiting);
    };
    return {
      send: (data, arrive) => {
        for (let at = 0; at < data.length; at += PACKET) {
          const piece = data.subarray(at, at + PACKET);
          push({ bytes: piece.length, arrive: () => arrive(piece) });
        }
        this.#run();
      },
      after: (arrive) => {
        push({ bytes: 0, arrive });
        this.#run();
      },
    };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#turns.length = 0;
    this.#under.length = 0;
  }

  readonly #run = (): void => {
    clearTimeout(this.#timer);
    const now = performance.now();
    while (this.#turns.length > 0 && this.#freeAtMs <= now) {
      const waiting = this.#turns.shift()!;
      const { bytes, arrive } = waiting.shift()!;
      if (waiting.length > 0) this.#turns.push(waiting);
      if (this.#kilobitsPerSecond > 0) this.#freeAtMs += (bytes * 8) / this.#kilobitsPerSecond;
      this.#under.push({ dueMs: this.#freeAtMs + this.#delayMs, arrive });
    }
    while (this.#under.length > 0 && this.#under[0]!.dueMs <= now) this.#under.shift()!.arrive();
    const nextMs = Math.min(this.#turns.length > 0 ? this.#freeAtMs : Infinity, this.#under[0]?.dueMs ?? Infinity);
    if (nextMs < Infinity) this.#timer = setTimeout(this.#run, Math.max(1, nextMs - now));
  };
}
