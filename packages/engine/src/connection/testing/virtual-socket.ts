import type { Clock, Socket } from '../../ports.ts';

/** One end of a connection in memory: everything arrives in order, in a later turn. */
export class VirtualSocket implements Socket {
  onMessage: (message: Uint8Array) => void = () => undefined;
  onClose: (code: number, reason: string) => void = () => undefined;
  bufferedBytes = 0;
  readonly sent: Uint8Array[] = [];
  closedWith: number | null = null;
  /** A cable that was pulled: nothing arrives at the other end any more, and nobody is told. */
  cut = false;
  readonly #clock: Clock;
  #peer: VirtualSocket | null = null;

  readonly #latencyMs: number;

  private constructor(clock: Clock, latencyMs: number) {
    this.#clock = clock;
    this.#latencyMs = latencyMs;
  }

  static pair(clock: Clock, latencyMs: number): [VirtualSocket, VirtualSocket] {
    const a = new VirtualSocket(clock, latencyMs);
    const b = new VirtualSocket(clock, latencyMs);
    a.#peer = b;
    b.#peer = a;
    return [a, b];
  }

  send(message: Uint8Array): void {
    if (this.closedWith !== null) return;
    this.sent.push(message);
    if (this.cut) return;
    this.#clock.after(this.#latencyMs, () => {
      if (this.#peer?.closedWith === null) this.#peer.onMessage(message);
    });
  }

  close(code: number): void {
    if (this.closedWith !== null) return;
    this.closedWith = code;
    this.#clock.after(0, () => this.onClose(code, ''));
    if (this.cut) return;
    this.#clock.after(this.#latencyMs, () => {
      const peer = this.#peer;
      if (peer === null || peer.closedWith !== null) return;
      peer.closedWith = code;
      peer.onClose(code, '');
    });
  }

  pause(): void {
    throw new Error('not needed here');
  }

  resume(): void {
    throw new Error('not needed here');
  }
}
