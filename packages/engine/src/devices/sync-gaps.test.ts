import { nodePrimitives as primitives, systemRandom } from '@sotto/primitives-node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NodeStore } from '../platform/node/index.ts';
import { Database } from '../store/database.ts';
import { isLaterDecision } from './sync-contact.ts';
import type { Decision } from './sync-contact.ts';
import { MAX_ASKED, SyncGaps } from './sync-gaps.ts';

const NOW_MS = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const SELF = 1;

function gaps(): SyncGaps {
  const store = NodeStore.inMemory();
  return new SyncGaps(new Database({ store, primitives, random: systemRandom, databaseKey: systemRandom(32) }));
}

describe('what is missing of another own device', () => {
  it('DEV-10: in whatever order events come, exactly those that never came are asked for', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 10 }),
        (came, begin) => {
          const of = gaps();
          of.begin(SELF, 2, begin);
          for (const order of came) of.came(SELF, 2, order, NOW_MS);
          const last = Math.max(begin - 1, ...came);
          const missing = Array.from({ length: last }, (_, i) => i + 1).filter(
            (order) => order >= begin && !came.includes(order),
          );
          expect(of.due(NOW_MS + HOUR_MS).questions.flatMap(({ orders }) => orders)).toEqual(missing);
          expect(of.next(SELF, 2)).toBe(last + 1);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('DEV-10: asked at first after 30 s, in portions, ever more rarely, and given up in the end', () => {
    const of = gaps();
    of.came(SELF, 2, 100, NOW_MS);
    expect(of.deadline()).toBe(NOW_MS + 30_000);
    expect(of.due(NOW_MS + 29_999)).toEqual({ questions: [], givenUp: 0 });
    let nowMs = NOW_MS;
    const asked = new Map<number, number>();
    let givenUp = 0;
    while (of.deadline() !== null) {
      nowMs = Math.max(nowMs, of.deadline()!);
      const due = of.due(nowMs);
      givenUp += due.givenUp;
      for (const { device, orders } of due.questions) {
        expect(device).toBe(2);
        expect(orders.length).toBeLessThanOrEqual(MAX_ASKED);
        for (const order of orders) asked.set(order, (asked.get(order) ?? 0) + 1);
      }
    }
    expect(givenUp).toBe(99);
    expect([...asked.values()]).toEqual(Array.from({ length: 99 }, () => 5));
    expect(nowMs - NOW_MS).toBeGreaterThan(4 * 24 * HOUR_MS);
  });
});

describe('decisions about a contact', () => {
  const decision: fc.Arbitrary<Decision> = fc.record({
    status: fc.constantFrom('accepted', 'request', 'blocked'),
    petname: fc.constantFrom('', 'Bob', 'Bobby'),
    verified: fc.boolean(),
    changedAt: fc.integer({ min: 0, max: 2 }),
  });

  it('DEV-12: of two decisions the same one counts on every device, whichever came first', () => {
    fc.assert(
      fc.property(decision, decision, (a, b) => {
        const same = JSON.stringify(a) === JSON.stringify(b);
        expect(isLaterDecision(a, b)).toBe(same ? false : !isLaterDecision(b, a));
      }),
    );
  });
});
