import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BraidError } from './braid-error.ts';
import { encodePart, MAX_NUMBER, parsePart } from './braid-part.ts';
import type { BraidPart, PartType } from './braid-part.ts';

const data = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
const chunk = { index: 300, data };
const WITH_CHUNK: readonly PartType[] = ['Hdr', 'Ek', 'EkCt1Ack', 'Ct1', 'Ct2'];
const WITHOUT: readonly PartType[] = ['None', 'Ct1Ack'];

const refusal = (code: string) => expect.objectContaining({ name: 'BraidError', code });
const number = fc.integer({ min: 1, max: MAX_NUMBER });

describe('a part of a message', () => {
  it.each([
    ['None', 0],
    ['Hdr', 1],
    ['Ek', 2],
    ['EkCt1Ack', 3],
    ['Ct1Ack', 4],
    ['Ct1', 5],
    ['Ct2', 6],
  ] as const)('PQR-1: %s is type %i', (type, number) => {
    const hasChunk = WITH_CHUNK.includes(type);
    const bytes = encodePart({ epoch: 1, index: 200, type, chunk: hasChunk ? chunk : null });
    const expected = [1, 1, 0xc8, 0x01, number];
    expect([...bytes]).toEqual(hasChunk ? [...expected, 0xac, 0x02, ...data] : expected);
  });

  it('PQR-1: what is written is read, and its bytes are the only ones for it', () => {
    const part: fc.Arbitrary<BraidPart> = fc.oneof(
      fc.record({ epoch: number, index: number, type: fc.constantFrom(...WITHOUT), chunk: fc.constant(null) }),
      fc.record({
        epoch: number,
        index: number,
        type: fc.constantFrom(...WITH_CHUNK),
        chunk: fc.record({
          index: fc.integer({ min: 0, max: 0xffff }),
          data: fc.uint8Array({ minLength: 32, maxLength: 32 }),
        }),
      }),
    );
    fc.assert(
      fc.property(part, (each) => {
        expect(parsePart(encodePart(each))).toEqual(each);
      }),
    );
  });

  it('PQR-1: any bytes are read to what writes them again, or refused', () => {
    const almost = fc
      .tuple(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 0, max: 6 }))
      .map(([bytes, type]) => Uint8Array.of(1, 5, 9, type, ...bytes));
    fc.assert(
      fc.property(fc.oneof(almost, fc.uint8Array({ maxLength: 60 })), (bytes) => {
        try {
          expect(encodePart(parsePart(bytes))).toEqual(bytes);
        } catch (error) {
          if (!(error instanceof BraidError)) throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('PQR-1, PQR-2: another version, and no part at all, are refused by name', () => {
    const good = encodePart({ epoch: 1, index: 1, type: 'None', chunk: null });
    for (const bytes of [new Uint8Array(0), good.with(0, 0), good.with(0, 2), good.with(0, 255)]) {
      expect(() => parsePart(bytes)).toThrow(refusal('unknown-version'));
    }
  });

  it.each<[string, readonly number[]]>([
    ['nothing after the version', [1]],
    ['epoch 0', [1, 0, 1, 0]],
    ['index 0', [1, 1, 0, 0]],
    ['no index', [1, 1]],
    ['no type', [1, 1, 1]],
    ['type 7', [1, 1, 1, 7]],
    ['an epoch written too long', [1, 0x81, 0, 1, 0]],
    ['an index written too long', [1, 1, 0x81, 0x80, 0, 0]],
    ['an epoch above 32 bits', [1, 0x80, 0x80, 0x80, 0x80, 0x10, 1, 0]],
    ['an index above 32 bits', [1, 1, 0xff, 0xff, 0xff, 0xff, 0x1f, 0]],
    ['an epoch of 64 bits', [1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 1, 0]],
    ['a number without an end', [1, ...Array.from({ length: 40 }, () => 0x80)]],
    ['a byte after no chunk', [1, 1, 1, 0, 0]],
    ['a chunk for an acknowledgement', [1, 1, 1, 4, 0, ...data]],
    ['no chunk for a header', [1, 1, 1, 1]],
    ['a chunk index alone', [1, 1, 1, 1, 0]],
    ['a chunk index above 16 bits', [1, 1, 1, 1, 0x80, 0x80, 0x04, ...data]],
    ['a chunk index written too long', [1, 1, 1, 1, 0x85, 0, ...data]],
    ['a chunk cut short', [1, 1, 1, 1, 0, ...data.subarray(1)]],
    ['a chunk too long', [1, 1, 1, 1, 0, ...data, 0]],
    ['a megabyte', [1, 1, 1, 0, ...new Uint8Array(2 ** 20)]],
  ])('PQR-1: %s is malformed', (_, bytes) => {
    expect(() => parsePart(Uint8Array.from(bytes))).toThrow(refusal('malformed'));
  });

  it('PQR-1: the largest numbers are read', () => {
    const part = { epoch: MAX_NUMBER, index: MAX_NUMBER, type: 'Ct1', chunk: { index: 0xffff, data } } as const;
    const bytes = encodePart(part);
    expect(bytes).toHaveLength(47);
    expect(parsePart(bytes)).toEqual(part);
  });
});
