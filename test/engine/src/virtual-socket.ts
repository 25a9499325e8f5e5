import type { Socket } from '@sotto/engine';

/** One end of a connection in memory. */
export class VirtualSocket implements Socket {
  onMessage: (message: Uint8Array) => void = () => undefined;
  onClose: (code: number, reason: string) => void = () => undefined;
  readonly bufferedBytes = 0;
  readonly #defer: (run: () => void) => void;
  #peer: VirtualSocket | null = null;
  #open = true;
  #paused = false;
  #held: Uint8Array[] = [];

  constructor(defer: (run: () => void) => void) {
    this.#defer = defer;
  }

  static pair(defer: (run: () => void) => void): [VirtualSocket, VirtualSocket] {
    const a = new VirtualSocket(defer);
    const b = new VirtualSocket(defer);
    a.#peer = b;
    b.#peer = a;
    return [a, b];
  }

  send(message: Uint8Array): void {
    if (this.#open) this.#defer(() => this.#peer?.take(message));
  }

  close(code: number, reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#defer(() => {
      this.onClose(code, reason);
      this.#peer?.end(code, reason);
    });
  }

  /** The cable is cut: both ends learn it, nothing under way arrives. */
  cut(): void {
    this.#peer?.end(1006, '');
    this.end(1006, '');
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    for (const message of this.#held.splice(0)) this.take(message);
  }

  private take(message: Uint8Array): void {
    if (!this.#open) return;
    if (this.#paused) this.#held.push(message);
    else this.onMessage(message);
  }

  private end(code: number, reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.onClose(code, reason);
  }
}
