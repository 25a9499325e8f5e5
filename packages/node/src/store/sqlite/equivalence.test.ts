import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HISTORY_LIMITS, HISTORY_STEPS, itemsOf, observe } from '../contract/any-history.ts';
import { ALICE, many } from '../contract/samples.ts';
import { MemoryStore } from '../memory/memory-store.ts';
import { type RelayStore, type StoreItem } from '../relay-store.ts';
import { databaseFile } from './database.ts';
import { directHarness } from './harness.contract.ts';

const step = fc.oneof(
  ...HISTORY_STEPS,
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('expire'), now: fc.nat(4_000) }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('reopen') }) },
);
const expires = (n: number): number => (n % 3 === 0 ? 5_000 : 100 * n);

/** What is in the tables when all is settled: no row and no body of what is gone. */
function rowCounts(dataDir: string) {
  const database = new DatabaseSync(databaseFile(dataDir));
  const counts = database
    .prepare(
      `SELECT (SELECT count(*) FROM envelope) AS envelopes, (SELECT count(*) FROM waiting) AS waiting,
         (SELECT count(*) FROM known WHERE sequence > 0) AS known, (SELECT count(*) FROM taken) AS taken`,
    )
    .get();
  database.close();
  return { ...counts };
}

async function settledCounts(model: RelayStore) {
  const queued = (await model.waiting(ALICE, 1)) + (await model.waiting(ALICE, 2));
  return { envelopes: queued, waiting: queued, known: queued, taken: 0 };
}

const open = directHarness({ generation: 3, rowsPerCommit: 1, rowsPerEnvelope: 1, removals: 5 });

test('STORE-2 to STORE-11: any history looks the same as in memory, also with restarts and half-done settlements', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 150 }), async (steps) => {
      const harness = await open(HISTORY_LIMITS);
      let { store } = harness;
      const model = new MemoryStore(HISTORY_LIMITS);
      const [seen, seenModel]: [number[], number[]] = [[], []];
      for (const given of steps) {
        if (given.verb === 'reopen') store = await harness.reopen();
        const look = async (one: RelayStore, sequences: number[]): Promise<unknown> => {
          if (given.verb === 'reopen') return null;
          if (given.verb === 'expire') return one.expire(given.now);
          return observe(one, sequences, itemsOf(given, expires), given);
        };
        expect(await look(store, seen)).toEqual(await look(model, seenModel));
        for (const device of [1, 2]) {
          expect(await store.waiting(ALICE, device)).toBe(await model.waiting(ALICE, device));
        }
      }
      await store.expire(0);
      await store.close();
      expect(rowCounts(harness.dataDir)).toEqual(await settledCounts(model));
      await harness.dispose();
    }),
    { numRuns: 50, endOnFailure: true },
  );
});

// Found by the test above: the rows of such acknowledgements were numbered below what the settlement then removed.
test('STORE-7: what is acknowledged while a settlement of nothing acknowledged is under way survives a restart', async () => {
  const harness = await directHarness({ generation: 4, rowsPerCommit: 1, rowsPerEnvelope: 0, removals: 5 })(
    HISTORY_LIMITS,
  );
  const acknowledge = (items: readonly StoreItem[]): Promise<void> =>
    harness.store.acknowledge([{ mailbox: ALICE, device: 1, ids: items.map(({ id }) => id) }]);
  const [early, late] = [many(4, 'early'), many(4, 'late')];
  await harness.store.store(early);
  await acknowledge(early);
  await harness.store.expire(0);
  await harness.store.store(late);
  // Each call that changes something takes the settlement one of 8 rows further.
  for (let n = 0; n < 6; n++) await harness.store.store(late);
  await acknowledge(late);
  await harness.store.store(late);
  const again = await harness.reopen();
  expect(await again.waiting(ALICE, 1)).toBe(0);
  expect(await again.store(late)).toEqual(Array<string>(4).fill('acknowledged'));
  await harness.dispose();
});
