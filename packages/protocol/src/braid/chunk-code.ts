import { fieldTables, lagrangeLogs } from './binary-field.ts';
import { BraidError } from './braid-error.ts';

/*
 * The erasure code (The ML-KEM Braid Protocol, section 2.2: Reed-Solomon over GF(2^16)). A message of n * 32 bytes is
 * 16 n big-endian words, dealt round-robin to 16 polynomials of degree below n: polynomial p has word 16 x + p as its
 * value at x, for x below n. Chunk x holds the 16 values at x. So the first n chunks are the message itself, and any
 * n different ones give it back.
 */

export const CHUNK_LENGTH = 32;
/** Chunks are numbered with elements of the field. */
export const MAX_CHUNK_INDEX = 0xffff;

const WORDS = CHUNK_LENGTH / 2;

/** Number of a chunk and its bytes. */
export interface Chunk {
  readonly index: number;
  /** 32 B. */
  readonly data: Uint8Array;
}

/** Chunks of one message that have come, each index once, in order of arrival. Immutable. */
export interface ChunkSet {
  readonly indices: readonly number[];
  /** 32 B for each index. */
  readonly data: Uint8Array;
}

export const NO_CHUNKS: ChunkSet = { indices: [], data: new Uint8Array(0) };

/** Chunk `index` of a message whose length is a multiple of 32 B. */
export function chunkOf(message: Uint8Array, index: number): Chunk {
  const count = message.length / CHUNK_LENGTH;
  if (index < count) return { index, data: message.slice(index * CHUNK_LENGTH, (index + 1) * CHUNK_LENGTH) };
  const data = new Uint8Array(CHUNK_LENGTH);
  const xs = Array.from({ length: count }, (_, x) => x);
  interpolate(xs, logsOf(message), index, data, 0);
  return { index, data };
}

/** With one chunk more; the same set when that index is there already. */
export function withChunk(set: ChunkSet, { index, data }: Chunk): ChunkSet {
  if (set.indices.includes(index)) return set;
  const all = new Uint8Array(set.data.length + CHUNK_LENGTH);
  all.set(set.data);
  all.set(data, set.data.length);
  return { indices: [...set.indices, index], data: all };
}

/**
 * The message of `length` bytes; null while chunks are missing.
 * @throws BraidError('malformed') when there are more chunks than it takes
 */
export function messageOf({ indices, data }: ChunkSet, length: number): Uint8Array | null {
  const count = length / CHUNK_LENGTH;
  if (indices.length < count) return null;
  if (indices.length > count) throw new BraidError('malformed', 'more chunks than needed');
  const message = new Uint8Array(length);
  const missing = new Set(Array.from({ length: count }, (_, x) => x));
  for (const [at, index] of indices.entries()) {
    if (!missing.delete(index)) continue;
    message.set(data.subarray(at * CHUNK_LENGTH, (at + 1) * CHUNK_LENGTH), index * CHUNK_LENGTH);
  }
  if (missing.size === 0) return message;
  const logs = logsOf(data);
  for (const x of missing) interpolate(indices, logs, x, message, x * CHUNK_LENGTH);
  return message;
}

/** Logarithms of the words; -1 for 0, which has none. */
function logsOf(data: Uint8Array): Int32Array {
  const { log } = fieldTables();
  const logs = new Int32Array(data.length / 2);
  for (let word = 0; word < logs.length; word++) {
    const value = (data[2 * word]! << 8) | data[2 * word + 1]!;
    logs[word] = value === 0 ? -1 : log[value]!;
  }
  return logs;
}

/** Writes the 16 values at `target`, of the polynomials through the points at `xs`, to `out`. */
function interpolate(xs: readonly number[], logs: Int32Array, target: number, out: Uint8Array, start: number): void {
  const { power } = fieldTables();
  const coefficients = lagrangeLogs(xs, target);
  const values = new Uint16Array(WORDS);
  for (let i = 0; i < xs.length; i++) {
    const coefficient = coefficients[i]!;
    for (let word = 0; word < WORDS; word++) {
      const log = logs[i * WORDS + word]!;
      if (log >= 0) values[word]! ^= power[log + coefficient]!;
    }
  }
  for (let word = 0; word < WORDS; word++) {
    out[start + 2 * word] = values[word]! >> 8;
    out[start + 2 * word + 1] = values[word]! & 0xff;
  }
}
