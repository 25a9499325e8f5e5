import { ByteSink, varintSize } from './byte-sink.ts';
import { encodeColdBody, PEER_FIELD } from './cold-frame.ts';
import { DELIMITED, VARINT } from './cursor.ts';
import { HOT_FIELDS, hotValueSize, writeHotValue } from './encode-hot.ts';
import type { Frame } from './frame.ts';
import { hotPeerSize } from './hot-peer.ts';
import { MAX_FRAMES, MAX_PACKET } from './limits.ts';
import { WireError } from './wire-error.ts';

/** Where the parts of a frame go, computed before anything is written. */
interface Layout {
  readonly field: number;
  /** Value of a cold frame, already encoded; null: hot. */
  readonly cold: Uint8Array | null;
  readonly valueSize: number;
  readonly frameSize: number;
  /** The whole element of Packet.frames: tag, length, frame. */
  readonly elementSize: number;
}

function layoutOf(frame: Frame): Layout {
  const hotField = HOT_FIELDS[frame.body.case];
  if (hotField !== undefined) return layoutAs(frame, hotField, null, hotValueSize(frame.body));
  const peerSize = frame.body.case === 'peer' ? hotPeerSize(frame.body.value) : -1;
  if (peerSize >= 0) return layoutAs(frame, PEER_FIELD, null, peerSize);
  const cold = encodeColdBody(frame.body);
  if (cold === null) throw new TypeError(`frames of kind ${frame.body.case} cannot be encoded`);
  return layoutAs(frame, cold.field, cold.bytes, cold.bytes.length);
}

function layoutAs(frame: Frame, field: number, cold: Uint8Array | null, valueSize: number): Layout {
  const requestSize = frame.request === 0 ? 0 : 1 + varintSize(frame.request);
  const frameSize = requestSize + (field < 16 ? 1 : 2) + varintSize(valueSize) + valueSize;
  return { field, cold, valueSize, frameSize, elementSize: 1 + varintSize(frameSize) + frameSize };
}

function writeElement(sink: ByteSink, frame: Frame, layout: Layout): void {
  sink.varint((1 << 3) | DELIMITED);
  sink.varint(layout.frameSize);
  if (frame.request !== 0) {
    sink.varint((1 << 3) | VARINT);
    sink.varint(frame.request);
  }
  sink.varint((layout.field << 3) | DELIMITED);
  sink.varint(layout.valueSize);
  if (layout.cold === null) {
    writeHotValue(sink, frame.body);
  } else {
    sink.bytes.set(layout.cold, sink.position);
    sink.position += layout.cold.length;
  }
}

/**
 * One frame as an element of Packet.frames, tag and length included: a packet is a concatenation of these.
 *
 * @throws WireError 'too-large' when it would not fit a packet even alone
 */
export function encodeFrame(frame: Frame): Uint8Array {
  const layout = layoutOf(frame);
  if (layout.elementSize > MAX_PACKET) throw new WireError('too-large', 'frame too large for a packet');
  const bytes = new Uint8Array(layout.elementSize);
  writeElement(new ByteSink(bytes, 0), frame, layout);
  return bytes;
}

const INITIAL_CAPACITY = 1024;
const NO_BYTES = new Uint8Array(0);

/**
 * Collects frames into one packet. The buffer grows to what is needed and stays, so one writer serves any number
 * of links in turn: append, take, seal, next link.
 */
export class PacketWriter {
  readonly #sink = new ByteSink(NO_BYTES, 0);
  #frames = 0;

  /** Frames in the packet so far. */
  get frames(): number {
    return this.#frames;
  }

  /** Bytes in the packet so far. */
  get length(): number {
    return this.#sink.position;
  }

  /** Whether an element of `nextSize` bytes no longer fits this packet. */
  full(nextSize: number): boolean {
    return this.#frames === MAX_FRAMES || this.#sink.position + nextSize > MAX_PACKET;
  }

  /**
   * Adds a frame.
   *
   * @returns false when it does not fit this packet any more; nothing is written then: take() and append again
   * @throws WireError 'too-large' when it would not fit a packet even alone
   */
  append(frame: Frame): boolean {
    const layout = layoutOf(frame);
    if (layout.elementSize > MAX_PACKET) throw new WireError('too-large', 'frame too large for a packet');
    if (this.full(layout.elementSize)) return false;
    this.#reserve(layout.elementSize);
    writeElement(this.#sink, frame, layout);
    this.#frames++;
    return true;
  }

  /** Adds what encodeFrame() gave. @returns as append() */
  appendEncoded(element: Uint8Array): boolean {
    if (this.full(element.length)) return false;
    this.#reserve(element.length);
    this.#sink.bytes.set(element, this.#sink.position);
    this.#sink.position += element.length;
    this.#frames++;
    return true;
  }

  /**
   * The packet, and a fresh start. A view: valid only until the next append(), so seal it at once
   * (`channel.seal(writer.take())` copies nothing).
   */
  take(): Uint8Array {
    const packet = this.#sink.bytes.subarray(0, this.#sink.position);
    this.#sink.position = 0;
    this.#frames = 0;
    return packet;
  }

  #reserve(size: number): void {
    const sink = this.#sink;
    const needed = sink.position + size;
    if (needed <= sink.bytes.length) return;
    let capacity = Math.max(sink.bytes.length * 2, INITIAL_CAPACITY);
    while (capacity < needed) capacity *= 2;
    const grown = new Uint8Array(Math.min(capacity, 65_536));
    grown.set(sink.bytes.subarray(0, sink.position));
    sink.bytes = grown;
  }
}
