import { BraidError } from './braid-error.ts';
import { CHUNK_LENGTH, MAX_CHUNK_INDEX } from './chunk-code.ts';
import type { Chunk } from './chunk-code.ts';

/**
 * What one message carries (The ML-KEM Braid Protocol, section 2.3), by the spec's names: nothing, a chunk of the
 * header, of the key vector, of the key vector together with "ct1 is here", that alone, a chunk of ct1, of ct2.
 */
export type PartType = 'None' | 'Hdr' | 'Ek' | 'EkCt1Ack' | 'Ct1Ack' | 'Ct1' | 'Ct2';

/** By number on the wire. */
const TYPES: readonly PartType[] = ['None', 'Hdr', 'Ek', 'EkCt1Ack', 'Ct1Ack', 'Ct1', 'Ct2'];

export interface BraidPart {
  /** The epoch that is being negotiated, from 1. */
  readonly epoch: number;
  /** Of the message in the sender's chain of the epoch before, from 1. */
  readonly index: number;
  readonly type: PartType;
  /** null: the type has none. */
  readonly chunk: Chunk | null;
}

const BRAID_VERSION = 1;
/** Epochs and message indices: 32 bits. */
export const MAX_NUMBER = 0xffff_ffff;

const MAX_VARINT = 5;
/** The longest part: 47 B. */
export const MAX_PART_LENGTH = 1 + 2 * MAX_VARINT + 1 + 3 + CHUNK_LENGTH;

const hasChunk = (type: PartType): boolean => type !== 'None' && type !== 'Ct1Ack';

/** `1 | varint epoch | varint index | type | [varint chunk index | chunk 32]`. */
export function encodePart({ epoch, index, type, chunk }: BraidPart): Uint8Array {
  const bytes = new Uint8Array(MAX_PART_LENGTH);
  bytes[0] = BRAID_VERSION;
  let at = writeVarint(bytes, 1, epoch);
  at = writeVarint(bytes, at, index);
  bytes[at++] = TYPES.indexOf(type);
  if (chunk !== null) {
    at = writeVarint(bytes, at, chunk.index);
    bytes.set(chunk.data, at);
    at += CHUNK_LENGTH;
  }
  return bytes.slice(0, at);
}

/**
 * Reads a part without believing it. The chunk is a view of `bytes`.
 * @throws BraidError 'unknown-version', also when empty; 'malformed'
 */
export function parsePart(bytes: Uint8Array): BraidPart {
  if (bytes[0] !== BRAID_VERSION) throw new BraidError('unknown-version', 'another post-quantum ratchet, or none');
  if (bytes.length > MAX_PART_LENGTH) throw malformed();
  let at = 1;
  const number = (max: number): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw malformed();
      value += (byte & 0x7f) * scale;
      if (value > max) throw malformed();
      if (byte >= 0x80) continue;
      if (byte === 0 && scale > 1) throw malformed(); // longer than needed
      return value;
    }
  };
  const epoch = number(MAX_NUMBER);
  const index = number(MAX_NUMBER);
  const type = TYPES[bytes[at++] ?? -1];
  if (epoch === 0 || index === 0 || type === undefined) throw malformed();
  let chunk: Chunk | null = null;
  if (hasChunk(type)) {
    const chunkIndex = number(MAX_CHUNK_INDEX);
    chunk = { index: chunkIndex, data: bytes.subarray(at, at + CHUNK_LENGTH) };
    at += CHUNK_LENGTH;
  }
  if (at !== bytes.length) throw malformed();
  return { epoch, index, type, chunk };
}

const malformed = (): BraidError => new BraidError('malformed', 'not a part of the post-quantum ratchet');

function writeVarint(bytes: Uint8Array, start: number, value: number): number {
  let at = start;
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest % 0x80) | 0x80;
  bytes[at++] = rest;
  return at;
}
