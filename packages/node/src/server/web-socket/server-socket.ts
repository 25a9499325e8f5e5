import type { Duplex } from 'node:stream';
import type { Close } from '@sotto/protocol/link';
import { MAX_MESSAGE } from '@sotto/protocol/wire';
import type { LinkSocket } from '../../links/link-socket.ts';
import { FrameReader, type FrameSink } from './frame-reader.ts';

const BINARY = 0x82;
const CLOSING = 0x88;
const PING = 0x89;
const PONG = 0x8a;
/** A 16-bit length follows (RFC 6455, section 5.2). */
const LONG = 126;
const HEADER_BYTES = 4;
const MAX_REASON_BYTES = 120;
/** Lost without a close frame. */
const ABNORMAL = 1006;
const NO_STATUS = 1005;
/** How long a closing socket waits for the other side. */
const CLOSE_MS = 5000;
/** Who does not read gets no pongs either. */
const MAX_BUFFERED_FOR_PONG = 65_536;

/** One for all sockets. */
function endToo(this: Duplex): void {
  this.end();
}

type SocketState = 'open' | 'closing' | 'closed';

/** The server's end of a WebSocket: one binary message each way is one frame, and is written in one piece. */
export class ServerSocket implements LinkSocket, FrameSink {
  onMessage: (message: Uint8Array) => void = () => {};
  onClose: (code: number, reason: string) => void = () => {};
  /** Each message is handed out once. */
  readonly givesMessages = true;
  /** Something came since the last ping. */
  alive = true;
  paused = false;
  readonly #stream: Duplex;
  readonly #reader: FrameReader;
  readonly #onEnd: (socket: ServerSocket) => void;
  #state: SocketState = 'open';
  #closeCode = ABNORMAL;
  #closeTimer: NodeJS.Timeout | null = null;
  #frame: Buffer | null = null;
  /** The part of `#frame` that was given out. */
  #payload: Uint8Array | null = null;

  /** @param onEnd called once, when the stream is over */
  constructor(stream: Duplex, onEnd: (socket: ServerSocket) => void) {
    this.#stream = stream;
    this.#onEnd = onEnd;
    this.#reader = new FrameReader(this, MAX_MESSAGE);
    stream.on('data', (chunk: Buffer) => {
      this.alive = true;
      this.#reader.push(chunk);
    });
    stream.on('end', endToo);
    stream.on('close', () => this.#closed());
  }

  get bufferedBytes(): number {
    return this.#stream.writableLength;
  }

  /** What came together with the request for this socket. */
  begin(head: Buffer): void {
    if (head.length > 0) this.#reader.push(head);
  }

  limitMessages(bytes: number): void {
    this.#reader.maxMessageBytes = bytes;
  }

  reserve(length: number): Uint8Array {
    const start = length < LONG ? HEADER_BYTES - 2 : 0;
    const frame = Buffer.allocUnsafe(HEADER_BYTES - start + length);
    frame[0] = BINARY;
    if (start > 0) {
      frame[1] = length;
    } else {
      frame[1] = LONG;
      frame[2] = length >>> 8;
      frame[3] = length;
    }
    this.#frame = frame;
    this.#payload = new Uint8Array(frame.buffer, frame.byteOffset + HEADER_BYTES - start, length);
    return this.#payload;
  }

  send(message: Uint8Array): void {
    if (message !== this.#payload) this.reserve(message.length).set(message);
    const frame = this.#frame!;
    this.#frame = null;
    this.#payload = null;
    if (this.#state === 'open') this.#stream.write(frame);
  }

  close(code: number, reason: string): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#closeCode = code;
    const text = Buffer.from(reason).subarray(0, MAX_REASON_BYTES);
    this.#stream.write(Buffer.from([CLOSING, 2 + text.length, code >>> 8, code & 0xff, ...text]));
    this.#waitForEnd();
  }

  pause(): void {
    this.paused = true;
    this.#stream.pause();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.#reader.proceed();
    // What was kept may have led to another pause.
    if (!this.paused) this.#stream.resume();
  }

  /** Asks for a sign of life; see `alive`. */
  sendPing(): void {
    this.alive = false;
    if (this.#state === 'open') this.#stream.write(Buffer.from([PING, 0]));
  }

  terminate(): void {
    this.#stream.destroy();
  }

  message(payload: Uint8Array): void {
    if (this.#state === 'open') this.onMessage(payload);
  }

  ping(payload: Uint8Array): void {
    if (this.#state !== 'open' || this.#stream.writableLength > MAX_BUFFERED_FOR_PONG) return;
    this.#stream.write(Buffer.from([PONG, payload.length, ...payload]));
  }

  pong(): void {}

  broken({ code, text }: Close): void {
    this.close(code, text);
  }

  /** The other side's close frame: the answer to ours, or answered with the same code. */
  closeFrame(code: number): void {
    if (this.#state === 'open') {
      this.#state = 'closing';
      this.#closeCode = code;
      this.#stream.write(
        code === NO_STATUS ? Buffer.from([CLOSING, 0]) : Buffer.from([CLOSING, 2, code >>> 8, code & 0xff]),
      );
      this.#waitForEnd();
    }
    this.#stream.end();
  }

  #waitForEnd(): void {
    // A paused stream would never see the other side's answer.
    this.paused = false;
    this.#stream.resume();
    this.#closeTimer = setTimeout(() => this.#stream.destroy(), CLOSE_MS);
  }

  #closed(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    if (this.#closeTimer !== null) clearTimeout(this.#closeTimer);
    this.#onEnd(this);
    this.onClose(this.#closeCode, '');
  }
}
