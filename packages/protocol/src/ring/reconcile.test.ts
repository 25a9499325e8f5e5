import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { create, decodePacket, encodeFrame, MAX_PACKET, PeerSchema, ReconcileSchema } from '../wire/index.ts';
import { answerReconcile, fingerprintOf, hexOf, openReconcile, sortIds, type ReconcileRange } from './index.ts';
import { fastPrimitives, seededNumbers, testIds } from './ring.fixture.ts';

/** A Reconcile as it crosses the wire; it must fit a packet and be acceptable. */
function overTheWire(ranges: readonly ReconcileRange[]): { ranges: readonly ReconcileRange[]; bytes: number } {
  const value = create(ReconcileSchema, { partition: 3, ranges: [...ranges] });
  const packet = encodeFrame({
    request: 1,
    body: { case: 'peer', value: create(PeerSchema, { body: { case: 'reconcile', value } }) },
  });
  expect(packet.length).toBeLessThanOrEqual(MAX_PACKET);
  const [frame] = decodePacket(packet);
  if (frame?.body.case !== 'peer' || frame.body.value.body.case !== 'reconcile') throw new Error('Another frame.');
  return { ranges: frame.body.value.body.value.ranges, bytes: packet.length };
}

/** Both sides talk until neither has anything to say. */
function reconcile(ours: readonly Uint8Array[], theirs: readonly Uint8Array[]) {
  const [own, other] = [sortIds(ours), sortIds(theirs)];
  const [needed, neededThere] = [new Set<string>(), new Set<string>()];
  let [rounds, bytes] = [0, 0];
  let ranges: readonly ReconcileRange[] | null = openReconcile(fastPrimitives, own);
  for (let mine = false; ranges !== null; mine = !mine) {
    const sent = overTheWire(ranges);
    rounds++;
    bytes += sent.bytes;
    expect(rounds).toBeLessThan(400);
    const { reply, need } = answerReconcile(fastPrimitives, mine ? own : other, sent.ranges);
    for (const id of need) (mine ? needed : neededThere).add(hexOf(id));
    ranges = reply;
  }
  return { needed, neededThere, rounds, bytes };
}

const lacking = (from: readonly Uint8Array[], here: readonly Uint8Array[]): string[] => {
  const known = new Set(here.map(hexOf));
  return [...new Set(from.map(hexOf))].filter((id) => !known.has(id)).sort();
};

describe('reconciling', () => {
  it('RING-23: both sides learn exactly what they lack, in rounds that grow with the logarithm', () => {
    const size = fc.integer({ min: 0, max: 300 });
    fc.assert(
      fc.property(fc.nat(), size, size, fc.oneof(fc.constant(0), fc.integer({ max: 3000 })), (seed, a, b, both) => {
        const random = seededNumbers(seed);
        const shared = testIds(Math.max(0, both), random);
        const [ours, theirs] = [
          [...testIds(a, random), ...shared],
          [...shared, ...testIds(b, random)],
        ];
        const { needed, neededThere, rounds } = reconcile(ours, theirs);
        expect([...needed].sort()).toEqual(lacking(theirs, ours));
        expect([...neededThere].sort()).toEqual(lacking(ours, theirs));
        expect(rounds).toBeLessThanOrEqual(12);
      }),
      { numRuns: 40 },
    );
  });

  it('RING-23: what differs decides the bytes, not what is there', () => {
    const shared = testIds(10_000, seededNumbers(1));
    const few = testIds(3, seededNumbers(2));
    const { needed, neededThere, rounds, bytes } = reconcile(
      [...shared, few[0] as Uint8Array],
      [...shared, ...few.slice(1)],
    );
    expect([needed.size, neededThere.size]).toEqual([2, 1]);
    expect(rounds).toBeLessThanOrEqual(6);
    // All ids would be 320 kB.
    expect(bytes).toBeLessThan(12_000);
    expect(reconcile(shared, shared).bytes).toBeLessThan(600);
  });

  it('RING-23: one side empty, or nothing in common: every message still fits a packet', () => {
    const [many, others] = [testIds(6000, seededNumbers(3)), testIds(6000, seededNumbers(4))];
    expect(reconcile([], many).needed.size).toBe(6000);
    expect(reconcile(many, []).neededThere.size).toBe(6000);
    const { needed, neededThere } = reconcile(many, others);
    expect([needed.size, neededThere.size]).toEqual([6000, 6000]);
    expect(reconcile([], []).rounds).toBe(1);
  });

  it('RING-23: ids that differ in their last bit alone are told apart', () => {
    const base = new Uint8Array(32).fill(7);
    const ids = Array.from({ length: 200 }, (_, i) => Uint8Array.from([...base.subarray(0, 31), i]));
    const { needed, neededThere } = reconcile(ids.filter((_, i) => i % 3 > 0), ids.filter((_, i) => i % 5 > 0)); // prettier-ignore
    expect([...needed].sort()).toEqual(lacking(ids.filter((_, i) => i % 5 > 0), ids.filter((_, i) => i % 3 > 0))); // prettier-ignore
    expect([...neededThere].sort()).toEqual(lacking(ids.filter((_, i) => i % 3 > 0), ids.filter((_, i) => i % 5 > 0))); // prettier-ignore
  });

  it('RING-23: ranges that make no sense are answered in bounds', () => {
    const ids = sortIds(testIds(500, seededNumbers(5)));
    const blank = { fingerprint: new Uint8Array(16), ids: new Uint8Array(0), hasIds: false, skip: false, reply: false };
    const hostile = fc.record({
      upper: fc.uint8Array({ maxLength: 32 }),
      hasIds: fc.boolean(),
      skip: fc.boolean(),
      reply: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 256 }), (ranges) => {
        const { reply, need } = answerReconcile(fastPrimitives, ids, ranges.map((range) => ({ ...blank, ...range }))); // prettier-ignore
        expect(need).toEqual([]);
        if (reply !== null) overTheWire(reply);
      }),
      { numRuns: 100 },
    );
  });

  it('RING-23: a fingerprint does not depend on how the ids came', () => {
    const ids = testIds(20, seededNumbers(6));
    const sorted = sortIds([...ids, ...ids].reverse());
    expect(sorted).toHaveLength(20);
    expect(fingerprintOf(fastPrimitives, sorted)).toEqual(fingerprintOf(fastPrimitives, sortIds(ids)));
  });
});
