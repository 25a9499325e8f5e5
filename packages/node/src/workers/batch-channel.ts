import type { Duplex } from 'node:stream';
import { PackedReader, PackedWriter } from '../store/sqlite/packed-bytes.ts';

const BATCH_BYTES = 65_536;
/** Buffers kept to be filled again, and how large they may be. */
const SPARE_BUFFERS = 8;
const SPARE_BYTES = 2 * 1024 * 1024;
const LENGTH_BYTES = 4;
/** More is no batch of this program: both ends hold back long before. */
const MAX_BATCH_BYTES = 1 << 30;

/** Reads one entry, exactly as far as it goes. Bytes it takes are views of the batch, which nobody writes to again. */
export type ReadEntry = (reader: PackedReader) => void;

/**
 * One end of the pipe between two processes of a node. What is posted in one turn of the event loop leaves as one
 * batch, so that a system call is paid for many entries; entries arrive in the order in which they were posted.
 *
 *     batch = u32 length | entries       entry = u8 kind | what its kind says        numbers are little-endian
 */
export class BatchChannel {
  readonly #stream: Duplex;
  readonly #readers = new Map<number, ReadEntry>();
  readonly #spare: ArrayBuffer[] = [];
  readonly #onClosed: (() => void)[] = [];
  readonly #onDrained: (() => void)[] = [];
  #writer: PackedWriter | null = null;
  /** A batch whose end has not come yet. */
  #incoming: Uint8Array | null = null;
  #filled = 0;
  readonly #head = Buffer.alloc(LENGTH_BYTES);
  #headFilled = 0;
  #closed = false;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    stream.on('drain', () => {
      for (const listener of this.#onDrained) listener();
    });
    // The close that follows says what is to be said.
    stream.on('error', () => {});
    stream.on('end', () => stream.destroy());
    stream.on('close', () => this.#ended());
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Written and not yet taken by the other end. */
  get bufferedBytes(): number {
    return this.#stream.writableLength + (this.#writer?.length ?? 0);
  }

  /** One reader for each kind. */
  on(kind: number, read: ReadEntry): void {
    this.#readers.set(kind, read);
  }

  /** The other end is gone, or close() was called. */
  onClosed(listener: () => void): void {
    this.#onClosed.push(listener);
  }

  /** The other end took what had gathered. */
  onDrained(listener: () => void): void {
    this.#onDrained.push(listener);
  }

  /** Where an entry of this kind is written to, before anything else is posted. Dropped when the channel is closed. */
  post(kind: number): PackedWriter {
    let writer = this.#writer;
    if (writer === null) {
      writer = new PackedWriter(this.#spare.pop() ?? new ArrayBuffer(BATCH_BYTES));
      this.#writer = writer;
      writer.u32(0);
      // After what the sockets brought: setImmediate runs when the poll phase is done.
      setImmediate(() => this.flush());
    }
    writer.u8(kind);
    return writer;
  }

  /** Takes an entry back of which only a part could be written. @param length of the writer before post() */
  takeBack(length: number): void {
    this.#writer?.truncate(length);
  }

  /** Of what has gathered, for takeBack(). */
  get gathered(): number {
    return this.#writer?.length ?? LENGTH_BYTES;
  }

  /** Sends what has gathered, without waiting for the end of the turn. */
  flush(): void {
    if (this.#writer === null) return;
    const batch = this.#writer.take();
    this.#writer = null;
    if (this.#closed || batch.length === LENGTH_BYTES) return;
    new DataView(batch.buffer).setUint32(0, batch.length - LENGTH_BYTES, true);
    this.#stream.write(batch, () => {
      if (this.#spare.length < SPARE_BUFFERS && batch.buffer.byteLength <= SPARE_BYTES) this.#spare.push(batch.buffer);
    });
  }

  /** What was posted still leaves. */
  close(): void {
    this.flush();
    this.#stream.end();
  }

  destroy(): void {
    this.#stream.destroy();
  }

  #receive(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && !this.#closed;) {
      if (this.#incoming === null) at = this.#begin(chunk, at);
      else {
        const part = chunk.subarray(at, at + this.#incoming.length - this.#filled);
        this.#incoming.set(part, this.#filled);
        at += part.length;
        this.#filled += part.length;
      }
      if (this.#incoming === null || this.#filled < this.#incoming.length) continue;
      const batch = this.#incoming;
      this.#incoming = null;
      this.#read(batch);
    }
  }

  /** @returns where in the chunk the rest begins */
  #begin(chunk: Buffer, at: number): number {
    const taken = chunk.copy(this.#head, this.#headFilled, at, at + LENGTH_BYTES - this.#headFilled);
    this.#headFilled += taken;
    if (this.#headFilled < LENGTH_BYTES) return at + taken;
    this.#headFilled = 0;
    const length = this.#head.readUInt32LE(0);
    if (length > MAX_BATCH_BYTES) {
      this.destroy();
      return chunk.length;
    }
    const from = at + taken;
    // Mostly a batch comes in one piece: that memory is nobody else's.
    const whole = chunk.length - from >= length;
    this.#incoming = whole ? new Uint8Array(chunk.buffer, chunk.byteOffset + from, length) : new Uint8Array(length);
    this.#filled = whole ? length : 0;
    return whole ? from + length : from;
  }

  #read(batch: Uint8Array): void {
    const reader = new PackedReader(batch);
    while (!reader.atEnd && !this.#closed) {
      const read = this.#readers.get(reader.u8());
      // Another version of this program: nothing after it can be understood.
      if (read === undefined) return this.destroy();
      read(reader);
    }
  }

  #ended(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#writer = null;
    for (const listener of this.#onClosed) listener();
  }
}
