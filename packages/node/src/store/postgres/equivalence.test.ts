import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALICE, envelope } from '../contract/samples.ts';
import { MemoryStore } from '../memory/memory-store.ts';
import { partitionOf } from '../partition-of.ts';
import { type RelayStore, type StoreItem } from '../relay-store.ts';
import { type StoreLimits } from '../store-limits.ts';
import { postgresMissing, storeServer } from './harness.contract.ts';

const LIMITS: StoreLimits = {
  contactEnvelopes: 20,
  contactBytes: 1_500,
  strangerEnvelopes: 3,
  oneTimeKeys: 5,
  oneTimeKyberKeys: 5,
  requestTokens: 3,
};
const HOUR = 3_600;

const name = fc.nat(40);
const names = fc.array(name, { maxLength: 6 });
const edge = fc.nat(1);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ verb: fc.constant('store' as const), names, edge }) },
  { weight: 3, arbitrary: fc.record({ verb: fc.constant('acknowledge' as const), names, edge }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('discard' as const), names, edge }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('taken elsewhere' as const), names, edge }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('look' as const), names, edge }) },
  { weight: 3, arbitrary: fc.record({ verb: fc.constant('take' as const), after: name, limit: fc.nat(6), edge }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('expire' as const), hours: fc.nat(12), edge }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

// Everything about an envelope follows from its name, so that a repeated name is the same envelope.
const itemOf = (n: number): StoreItem =>
  envelope(`n${n}`, {
    device: 1 + (n % 2),
    expires: n % 3 === 0 ? 90 * HOUR : n * 2 * HOUR,
    lane: n % 7 === 0 ? 'stranger' : 'contact',
    body: new Uint8Array(n * 4).fill(n),
  });

/** Time goes forward, and what has expired is not sent any more (STORE-8). */
class Clock {
  now = 0;
  itemsOf(given: Step): StoreItem[] {
    const items = 'names' in given ? given.names.map((n) => itemOf(n)) : [];
    return items.filter(({ expires }) => expires > this.now);
  }
}

/** What can be seen of one step, with the place of a sequence in place of the sequence. */
async function observe(store: RelayStore, sequences: number[], clock: Clock, given: Step): Promise<unknown> {
  const items = clock.itemsOf(given);
  switch (given.verb) {
    case 'store':
      return store.store(items);
    case 'acknowledge':
      return store.acknowledge(items.map(({ device, id }) => ({ mailbox: ALICE, device, ids: [id] })));
    case 'taken elsewhere':
      return store.acknowledge(
        items.map(({ device, id, expires }) => ({ mailbox: ALICE, device, ids: [id], expires: [expires] })),
      );
    case 'discard':
      return store.discard(items);
    case 'look':
      return lookedAt(store, items);
    case 'expire':
      return store.expire(clock.now);
    case 'take': {
      const after = sequences[given.after] ?? 0;
      const taken = await store.take(ALICE, 1, after, given.limit);
      for (const { sequence } of taken) if (!sequences.includes(sequence)) sequences.push(sequence);
      return taken.map(({ sequence, id, expires, body }) => [sequences.indexOf(sequence), id, expires, body]);
    }
  }
}

async function lookedAt(store: RelayStore, items: readonly StoreItem[]): Promise<unknown> {
  const partition = partitionOf(ALICE);
  const inventory = await store.inventory(partition, 0, 100);
  return {
    partitions: await store.partitions(),
    digests: await store.digests(partition, partition),
    inventory: inventory.map((held) => ({ ...held, sequence: 0 })),
    read: await store.read(items),
  };
}

describe.skipIf(postgresMissing)('PostgreSQL and memory', () => {
  const server = storeServer();

  test('STORE-2 to STORE-11, OPS-2: any history through two edges looks the same as in memory', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 50 }), async (steps) => {
        const database = await server().database();
        const edges = [
          await server().open(database, { limits: LIMITS }),
          await server().open(database, { limits: LIMITS }),
        ] as const;
        const model = new MemoryStore(LIMITS);
        const [seen, seenModel]: [number[], number[]] = [[], []];
        const clock = new Clock();
        for (const given of steps) {
          if (given.verb === 'expire') clock.now += given.hours * HOUR;
          const store = edges[given.edge]!;
          expect(await observe(store, seen, clock, given)).toEqual(await observe(model, seenModel, clock, given));
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
