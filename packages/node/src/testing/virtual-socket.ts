import type { Socket } from '@sotto/protocol/link';
import type { Defer } from '../links/turn.ts';

/** One end of a connection in memory. Messages and closes arrive in order, in a later turn. */
export class VirtualSocket implements Socket {
  onMessage: (message: Uint8Array) => void = () => {};
  onClose: (code: number, reason: string) => void = () => {};
  /** Set by a test: as if the network had not taken so much. */
  bufferedBytes = 0;
  /** Everything sent from this end. */
  readonly sent: Uint8Array[] = [];
  paused = false;
  closedWith: { code: number; reason: string } | null = null;
  readonly #defer: Defer;
  #peer: VirtualSocket | null = null;
  #held: Uint8Array[] = [];

  constructor(defer: Defer) {
    this.#defer = defer;
  }

  static pair(defer: Defer): [VirtualSocket, VirtualSocket] {
    const a = new VirtualSocket(defer);
    const b = new VirtualSocket(defer);
    a.#peer = b;
    b.#peer = a;
    return [a, b];
  }

  send(message: Uint8Array): void {
    if (this.closedWith !== null) return;
    this.sent.push(message);
    this.#defer(() => this.#peer?.receive(message));
  }

  close(code: number, reason: string): void {
    if (this.closedWith !== null) return;
    this.closedWith = { code, reason };
    this.#defer(() => {
      this.onClose(code, reason);
      this.#peer?.closeFromPeer(code, reason);
    });
  }

  /** The connection breaks: both sides see 1006, each in a later turn. */
  cut(): void {
    this.closeFromPeer(1006, '');
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    const held = this.#held;
    this.#held = [];
    for (const message of held) this.receive(message);
  }

  private receive(message: Uint8Array): void {
    if (this.paused) this.#held.push(message);
    else if (this.closedWith === null) this.onMessage(message);
  }

  private closeFromPeer(code: number, reason: string): void {
    if (this.closedWith !== null) return;
    this.closedWith = { code, reason };
    this.onClose(code, reason);
  }
}
