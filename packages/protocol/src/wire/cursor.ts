import { MAX_UNKNOWN_FIELDS } from './limits.ts';
import { WireError } from './wire-error.ts';

export const VARINT = 0;
export const FIXED64 = 1;
export const DELIMITED = 2;
export const FIXED32 = 5;

/**
 * The same bytes as a plain Uint8Array. Views of a subclass would be of that subclass too, and Node's Buffer
 * changes what slice() means.
 */
export const plainBytes = (bytes: Uint8Array): Uint8Array =>
  bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);

/** Reads the protobuf wire format strictly. Every read is bounded by `end`, the end of the message being read. */
export class Cursor {
  readonly bytes: Uint8Array;
  position = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = plainBytes(bytes);
  }

  /** A varint of at most 2^53-1. @throws WireError 'malformed' (truncated, over 10 bytes), 'out-of-range' */
  varint(end: number): number {
    const position = this.position;
    if (position < end) {
      const first = this.bytes[position]!;
      if (first < 0x80) {
        this.position = position + 1;
        return first;
      }
    }
    return this.#longVarint(end);
  }

  #longVarint(end: number): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      if (this.position >= end) throw new WireError('malformed', 'truncated varint');
      const byte = this.bytes[this.position++]!;
      const group = byte & 0x7f;
      // A group past 2^53 may only be zero padding; 2^49 * 15 is the highest group that still fits.
      if (group !== 0) {
        if (scale > 2 ** 49 || (scale === 2 ** 49 && group > 15)) {
          throw new WireError('out-of-range', 'number above 2^53-1');
        }
        value += group * scale;
      }
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new WireError('malformed', 'varint longer than 10 bytes');
  }

  /** @throws WireError as varint(), and 'out-of-range' above 2^32-1 */
  uint32(end: number): number {
    const value = this.varint(end);
    if (value > 0xffff_ffff) throw new WireError('out-of-range', 'number above 2^32-1');
    return value;
  }

  /** Field number and wire type. @throws WireError 'malformed' for field 0 and field numbers above 2^29-1 */
  tag(end: number): number {
    const tag = this.varint(end);
    if (tag < 8 || tag > 0xffff_ffff) throw new WireError('malformed', 'bad field number');
    return tag;
  }

  /** Reads a length and returns where the delimited value ends. */
  delimitedEnd(end: number): number {
    const length = this.varint(end);
    const valueEnd = this.position + length;
    if (valueEnd > end) throw new WireError('malformed', 'truncated field');
    return valueEnd;
  }

  bool(end: number): boolean {
    const value = this.varint(end);
    if (value > 1) throw new WireError('out-of-range', 'bool above 1');
    return value === 1;
  }

  /** Passes over an unknown field and returns how many there were so far. Groups are refused. */
  skipUnknown(tag: number, end: number, skipped: number): number {
    if (skipped >= MAX_UNKNOWN_FIELDS) throw new WireError('too-many', 'too many unknown fields');
    this.skip(tag & 7, end);
    return skipped + 1;
  }

  skip(wireType: number, end: number): void {
    if (wireType === DELIMITED) {
      this.position = this.delimitedEnd(end);
    } else if (wireType === VARINT) {
      this.#skipVarint(end);
    } else if (wireType === FIXED64 || wireType === FIXED32) {
      this.position += wireType === FIXED64 ? 8 : 4;
      if (this.position > end) throw new WireError('malformed', 'truncated field');
    } else {
      throw new WireError('malformed', 'unknown wire type');
    }
  }

  // An unknown varint may use all 64 bits: a later version's signed field, say.
  #skipVarint(end: number): void {
    for (let i = 0; i < 10; i++) {
      if (this.position >= end) throw new WireError('malformed', 'truncated varint');
      if (this.bytes[this.position++]! < 0x80) return;
    }
    throw new WireError('malformed', 'varint longer than 10 bytes');
  }
}

/** A known field came with another wire type. Out of line: keeps the decoders small. */
export function wrongWireType(): never {
  throw new WireError('malformed', 'wrong wire type');
}
