import type { Duplex } from 'node:stream';
import { CLOSE } from '@sotto/protocol/link';
import { WebSocket } from 'ws';
import type { LinkSocket } from '../links/link-socket.ts';

const TOO_BIG = 1009;
/** RFC 6455, section 5.2: a whole binary message; 126: a 16-bit length follows. */
const FIN_BINARY = 0x82;
const LONG = 126;
const HEADER_BYTES = 4;

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

/** A WebSocket of the ws package as the core wants it, with life signs for the keep-alive. */
export class ServerSocket implements LinkSocket {
  onMessage: (message: Uint8Array) => void = () => {};
  onClose: (code: number, reason: string) => void = () => {};
  /** ws hands out each message once, unmasked in place or joined from fragments. */
  readonly givesMessages = true;
  /** Something came since the last ping. */
  alive = true;
  readonly #ws: WebSocket;
  readonly #stream: Duplex;
  #frame: Buffer | null = null;
  /** The part of `#frame` that was given out. */
  #payload: Uint8Array | null = null;

  /** @param stream under `ws`: messages are written to it as one piece with their header, which saves a system call's worth of time */
  constructor(ws: WebSocket, stream: Duplex, onEnd: (socket: ServerSocket) => void) {
    this.#ws = ws;
    this.#stream = stream;
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

  reserve(length: number): Uint8Array {
    const start = length < LONG ? HEADER_BYTES - 2 : 0;
    const frame = Buffer.allocUnsafe(HEADER_BYTES + length).subarray(start);
    frame[0] = FIN_BINARY;
    if (start > 0) {
      frame[1] = length;
    } else {
      frame[1] = LONG;
      frame[2] = length >>> 8;
      frame[3] = length;
    }
    this.#frame = frame;
    this.#payload = frame.subarray(HEADER_BYTES - start);
    return this.#payload;
  }

  send(message: Uint8Array): void {
    const frame = message === this.#payload ? this.#frame : null;
    this.#frame = null;
    this.#payload = null;
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    if (frame === null) this.#ws.send(message, { binary: true });
    else this.#stream.write(frame);
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
