import { CLOSE, type Close } from '@sotto/protocol/link';
import { unmask } from './unmask.ts';

/** RFC 6455, section 5.2. */
const OPCODE = { continuation: 0, binary: 2, close: 8, ping: 9, pong: 10 };
const FIN = 0x80;
const RESERVED = 0x70;
const MASKED = 0x80;
const MAX_CONTROL_BYTES = 125;
const MASK_BYTES = 4;
/** Pieces of one message: more only cost time. */
const MAX_FRAGMENTS = 64;
const NO_STATUS = 1005;

/** What a reader finds. */
export interface FrameSink {
  /** A whole binary message: belongs to the receiver. */
  message(payload: Uint8Array): void;
  ping(payload: Uint8Array): void;
  pong(): void;
  /** @param code 1005 when the other side gave none */
  closeFrame(code: number): void;
  /** What came breaks the protocol or a limit; nothing more is read. */
  broken(reason: Close): void;
  /** Reading goes on later: what came meanwhile is kept. */
  readonly paused: boolean;
}

/**
 * The receiving side of a WebSocket without extensions, for binary messages (RFC 6455, section 5). Lengths are
 * checked when the header is there, before anything is kept. A frame that lies whole in one chunk is not copied.
 */
export class FrameReader {
  /** Longest message, in bytes. */
  maxMessageBytes: number;
  readonly #sink: FrameSink;
  #chunks: Buffer[] | null = null;
  #keptBytes = 0;
  /** Kept bytes below which there is nothing to do. */
  #neededBytes = 0;
  #fragments: Uint8Array[] | null = null;
  #fragmentBytes = 0;
  #over = false;

  constructor(sink: FrameSink, maxMessageBytes: number) {
    this.#sink = sink;
    this.maxMessageBytes = maxMessageBytes;
  }

  /** @param chunk belongs to the reader from now on */
  push(chunk: Buffer): void {
    if (this.#over) return;
    if (this.#chunks === null) {
      this.#read(chunk);
      return;
    }
    this.#chunks.push(chunk);
    this.#keptBytes += chunk.length;
    if (this.#keptBytes >= this.#neededBytes) this.proceed();
  }

  /** Looks at what was kept: after a pause. */
  proceed(): void {
    const chunks = this.#chunks;
    if (chunks === null || this.#over) return;
    this.#chunks = null;
    this.#read(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, this.#keptBytes));
  }

  /** Everything that is whole; the rest is kept. */
  #read(data: Buffer): void {
    const { length } = data;
    let at = 0;
    while (at < length && !this.#sink.paused) {
      const used = this.#readFrame(data, at, length - at);
      if (this.#over) return;
      if (used === 0) break;
      at += used;
    }
    if (at === length) return;
    // A copy of a small rest, so that it does not hold a large chunk in memory.
    this.#chunks = [at === 0 ? data : Buffer.from(data.subarray(at))];
    this.#keptBytes = length - at;
  }

  /** @returns the length of the frame; 0: not all of it is here yet */
  #readFrame(data: Buffer, at: number, available: number): number {
    if (available < 2) return this.#wait(2);
    const first = data[at]!;
    const second = data[at + 1]!;
    const opcode = first & 0x0f;
    const isControl = opcode >= OPCODE.close;
    if ((first & RESERVED) !== 0 || (second & MASKED) === 0 || !this.#fits(opcode, (first & FIN) !== 0)) {
      return this.#break(CLOSE.malformed);
    }
    let payloadBytes = second & 0x7f;
    let headerBytes = 2 + MASK_BYTES;
    if (isControl) {
      if (payloadBytes > MAX_CONTROL_BYTES) return this.#break(CLOSE.malformed);
    } else if (payloadBytes === 126) {
      headerBytes = 4 + MASK_BYTES;
      if (available < 4) return this.#wait(4);
      payloadBytes = data.readUInt16BE(at + 2);
    } else if (payloadBytes === 127) {
      // 64 bits of length: more than any message may have, or not the shortest form.
      return this.#break(CLOSE.tooLarge);
    }
    if (!isControl && this.#fragmentBytes + payloadBytes > this.maxMessageBytes) return this.#break(CLOSE.tooLarge);
    const frameBytes = headerBytes + payloadBytes;
    if (available < frameBytes) return this.#wait(frameBytes);
    const start = at + headerBytes;
    // Not data.subarray(): views of a Buffer are Buffers, which cost more to make and change what slice() means.
    const payload = new Uint8Array(data.buffer, data.byteOffset + start, payloadBytes);
    unmask(payload, data, start - MASK_BYTES);
    if (isControl) this.#control(opcode, payload);
    else this.#piece(payload, (first & FIN) !== 0);
    return frameBytes;
  }

  /** Whether a frame of this kind may come now. */
  #fits(opcode: number, fin: boolean): boolean {
    switch (opcode) {
      case OPCODE.binary:
        return this.#fragments === null;
      case OPCODE.continuation:
        return this.#fragments !== null && this.#fragments.length < MAX_FRAGMENTS;
      case OPCODE.close:
      case OPCODE.ping:
      case OPCODE.pong:
        return fin;
      default:
        // Text, and what RFC 6455 reserves.
        return false;
    }
  }

  #piece(payload: Uint8Array, last: boolean): void {
    if (last && this.#fragments === null) {
      this.#sink.message(payload);
      return;
    }
    this.#fragments ??= [];
    this.#fragments.push(payload);
    this.#fragmentBytes += payload.length;
    if (!last) return;
    const message = Buffer.concat(this.#fragments, this.#fragmentBytes);
    this.#fragments = null;
    this.#fragmentBytes = 0;
    this.#sink.message(message);
  }

  #control(opcode: number, payload: Uint8Array): void {
    if (opcode === OPCODE.ping) this.#sink.ping(payload);
    else if (opcode === OPCODE.pong) this.#sink.pong();
    else if (payload.length === 1) this.#break(CLOSE.malformed);
    else {
      this.#over = true;
      this.#sink.closeFrame(payload.length === 0 ? NO_STATUS : (payload[0]! << 8) | payload[1]!);
    }
  }

  #wait(bytes: number): 0 {
    this.#neededBytes = bytes;
    return 0;
  }

  #break(reason: Close): 0 {
    this.#over = true;
    this.#chunks = null;
    this.#fragments = null;
    this.#sink.broken(reason);
    return 0;
  }
}
