import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { multiply } from './binary-field.ts';
import { CHUNK_LENGTH, chunkOf, MAX_CHUNK_INDEX, messageOf, NO_CHUNKS, withChunk } from './chunk-code.ts';
import type { Chunk, ChunkSet } from './chunk-code.ts';

/** Sizes of all that is sent in chunks: header, ct2, ct1, key vector. */
const COUNTS = [3, 5, 30, 36] as const;
const chunkIndex = fc.integer({ min: 0, max: MAX_CHUNK_INDEX });

const collect = (chunks: readonly Chunk[]): ChunkSet => chunks.reduce(withChunk, NO_CHUNKS);
const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

/** a / b by search: slow, and nothing of the code under test but the product. */
function divide(a: number, b: number): number {
  for (let quotient = 0; quotient <= 0xffff; quotient++) if (multiply(quotient, b) === a) return quotient;
  throw new Error('not a field');
}

describe('the chunk code', () => {
  it.each(COUNTS)('PQR-6: the first %i chunks are the message', (count) => {
    const message = Uint8Array.from({ length: count * CHUNK_LENGTH }, (_, i) => (i * 7 + 3) & 0xff);
    for (let index = 0; index < count; index++) {
      const { data } = chunkOf(message, index);
      expect(data).toEqual(message.subarray(index * 32, index * 32 + 32));
      expect(data.buffer).not.toBe(message.buffer);
    }
  });

  it('PQR-6: a later chunk holds the values of sixteen polynomials through the words, by Lagrange’s formula', () => {
    const count = 3;
    const message = Uint8Array.from({ length: count * CHUNK_LENGTH }, (_, i) => (i * 89 + 17) & 0xff);
    const word = (bytes: Uint8Array, at: number): number => (bytes[2 * at]! << 8) | bytes[2 * at + 1]!;
    for (const x of [3, 4, 1000, MAX_CHUNK_INDEX]) {
      const { data } = chunkOf(message, x);
      for (let polynomial = 0; polynomial < 16; polynomial++) {
        let value = 0;
        for (let i = 0; i < count; i++) {
          let [over, under] = [1, 1];
          for (let j = 0; j < count; j++) {
            if (j === i) continue;
            over = multiply(over, x ^ j);
            under = multiply(under, i ^ j);
          }
          value ^= multiply(word(message, 16 * i + polynomial), divide(over, under));
        }
        expect(word(data, polynomial)).toBe(value);
      }
    }
  });

  it.each(COUNTS)('PQR-6: any %i chunks of 65,536 give the message back, in any order', (count) => {
    fc.assert(
      fc.property(
        bytesOf(count * CHUNK_LENGTH),
        fc.uniqueArray(chunkIndex, { minLength: count, maxLength: count }),
        (message, indices) => {
          const set = collect(indices.map((index) => chunkOf(message, index)));
          expect(messageOf(set, message.length)).toEqual(message);
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each(COUNTS)('PQR-6: and so do %i mixed from the message itself and what lies beyond', (count) => {
    fc.assert(
      fc.property(
        bytesOf(count * CHUNK_LENGTH),
        fc.shuffledSubarray(
          Array.from({ length: 2 * count }, (_, i) => i),
          { minLength: count, maxLength: count },
        ),
        (message, indices) => {
          const set = collect(indices.map((index) => chunkOf(message, index)));
          expect(messageOf(set, message.length)).toEqual(message);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('PQR-6: messages of zeros, which have no logarithm', () => {
    const message = new Uint8Array(96);
    expect(chunkOf(message, 40000).data).toEqual(new Uint8Array(32));
    const set = collect([7, 8, 9].map((index) => chunkOf(message, index)));
    expect(messageOf(set, 96)).toEqual(message);
  });

  it('PQR-6: one chunk too few is nothing, and a chunk that came twice counts once, whatever it holds', () => {
    const message = Uint8Array.from({ length: 160 }, (_, i) => i);
    let set = collect([9, 1, 77, 3].map((index) => chunkOf(message, index)));
    expect(messageOf(set, 160)).toBeNull();
    expect(withChunk(set, chunkOf(message, 77))).toBe(set);
    expect(withChunk(set, { index: 77, data: new Uint8Array(32) })).toBe(set);
    set = withChunk(set, chunkOf(message, 0));
    expect(messageOf(set, 160)).toEqual(message);
    const more = withChunk(set, chunkOf(message, 2));
    expect(() => messageOf(more, 160)).toThrow(expect.objectContaining({ code: 'malformed' }));
  });

  it('PQR-6: a set is not changed by what is added to it, nor by the buffer a chunk came in', () => {
    const message = Uint8Array.from({ length: 96 }, (_, i) => i);
    const one = collect([chunkOf(message, 5)]);
    const before = one.data.slice();
    const chunk = { index: 6, data: chunkOf(message, 6).data };
    const two = withChunk(one, chunk);
    chunk.data.fill(0xff);
    expect([one.indices, one.data]).toEqual([[5], before]);
    expect(messageOf(withChunk(two, chunkOf(message, 4)), 96)).toEqual(message);
  });

  it('PQR-6: a changed chunk gives another message, never an error: the MAC inside tells', () => {
    const message = Uint8Array.from({ length: 96 }, (_, i) => i);
    const bad = { index: 12, data: chunkOf(message, 12).data.with(3, 0) };
    const wrong = messageOf(collect([chunkOf(message, 10), chunkOf(message, 11), bad]), 96);
    expect(wrong).toHaveLength(96);
    expect(wrong).not.toEqual(message);
  });
});
