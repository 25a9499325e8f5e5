import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HISTORY_LIMITS, HISTORY_STEPS, itemsOf, observe } from '../contract/any-history.ts';
import { ALICE } from '../contract/samples.ts';
import { MemoryStore } from '../memory/memory-store.ts';
import type { RelayStore } from '../relay-store.ts';
import { postgresMissing, storeServer } from './harness.contract.ts';

const HOUR = 3_600;
const step = fc.record({
  edge: fc.nat(1),
  given: fc.oneof(...HISTORY_STEPS, {
    weight: 1,
    arbitrary: fc.record({ verb: fc.constant('expire'), hours: fc.nat(12) }),
  }),
});
const expires = (n: number): number => (n % 3 === 0 ? 90 * HOUR : n * 2 * HOUR);

describe.skipIf(postgresMissing)('PostgreSQL and memory', () => {
  const server = storeServer();

  test('STORE-2 to STORE-11, OPS-2: any history through two edges looks the same as in memory', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 50 }), async (steps) => {
        const database = await server().database();
        const edges = [
          await server().open(database, { limits: HISTORY_LIMITS }),
          await server().open(database, { limits: HISTORY_LIMITS }),
        ] as const;
        const model = new MemoryStore(HISTORY_LIMITS);
        const [seen, seenModel]: [number[], number[]] = [[], []];
        let now = 0;
        for (const { edge: at, given } of steps) {
          const store = edges[at]!;
          // Time goes forward.
          if (given.verb === 'expire') now += given.hours * HOUR;
          const look = (one: RelayStore, sequences: number[]): Promise<unknown> =>
            given.verb === 'expire' ? one.expire(now) : observe(one, sequences, itemsOf(given, expires, now), given);
          expect(await look(store, seen)).toEqual(await look(model, seenModel));
          for (const device of [1, 2]) {
            expect(await store.waiting(ALICE, device)).toBe(await model.waiting(ALICE, device));
          }
        }
        const rows = await server().server.query('SELECT count(*)::int AS count FROM sotto.envelope', database);
        expect(rows).toEqual([{ count: (await model.waiting(ALICE, 1)) + (await model.waiting(ALICE, 2)) }]);
        await Promise.all(edges.map((store) => store.close()));
        await server().giveBack(database);
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });
});
