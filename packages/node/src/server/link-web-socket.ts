import type { Duplex } from 'node:stream';
import { CLOSE, type Socket } from '@sotto/protocol/link';
import { WebSocket } from 'ws';

const TOO_BIG = 1009;
const OPTIONS = { binary: true, compress: false, mask: false, fin: true };

/** Protocol errors that ws finds by itself leave with Sotto's stable codes. */
export class LinkWebSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    if (code === undefined || code === 1000 || code >= 4000) {
      super.close(code, reason);
    } else {
      const own = code === TOO_BIG ? CLOSE.tooLarge : CLOSE.malformed;
      super.close(own.code, own.text);
    }
  }
}

/** Gathers what is written to sockets in one turn, so that each is written to the network once (quality.md). */
export class CorkTurn {
  #corked: Duplex[] = [];

  cork(stream: Duplex): void {
    stream.cork();
    if (this.#corked.push(stream) === 1) setImmediate(this.#uncork);
  }

  readonly #uncork = (): void => {
    const corked = this.#corked;
    this.#corked = [];
    for (const stream of corked) stream.uncork();
  };
}

/** A WebSocket of the ws package as the core wants it, with life signs for the keep-alive. */
export class ServerSocket implements Socket {
  onMessage: (message: Uint8Array) => void = () => {};
  onClose: (code: number, reason: string) => void = () => {};
  /** Something came since the last ping. */
  alive = true;
  readonly #ws: WebSocket;

  constructor(ws: WebSocket, onEnd: (socket: ServerSocket) => void) {
    this.#ws = ws;
    ws.on('message', (data: Buffer, isBinary) => {
      this.alive = true;
      if (isBinary) this.onMessage(data);
      else ws.close(CLOSE.malformed.code, CLOSE.malformed.text);
    });
    ws.on('pong', () => {
      this.alive = true;
    });
    // A close always follows, with the code that says why.
    ws.on('error', () => {});
    ws.on('close', (code, reason) => {
      onEnd(this);
      this.onClose(code, reason.toString());
    });
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount;
  }

  send(message: Uint8Array): void {
    if (this.#ws.readyState === WebSocket.OPEN) this.#ws.send(message, OPTIONS);
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, reason);
  }

  pause(): void {
    this.#ws.pause();
  }

  resume(): void {
    this.#ws.resume();
  }

  ping(): void {
    this.alive = false;
    if (this.#ws.readyState === WebSocket.OPEN) this.#ws.ping();
  }

  terminate(): void {
    this.#ws.terminate();
  }
}
