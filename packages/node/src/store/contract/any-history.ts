import fc from 'fast-check';
import { partitionOf } from '../partition-of.ts';
import type { RelayStore, StoreItem } from '../relay-store.ts';
import type { StoreLimits } from '../store-limits.ts';
import { ALICE, envelope } from './samples.ts';

/** Small enough that a history of some dozen steps meets them. */
export const HISTORY_LIMITS: StoreLimits = {
  contactEnvelopes: 20,
  contactBytes: 1_500,
  strangerEnvelopes: 3,
  oneTimeKeys: 5,
  oneTimeKyberKeys: 5,
  requestTokens: 3,
};

const name = fc.nat(40);
const names = fc.array(name, { maxLength: 6 });
const named = <const Verb extends string>(verb: Verb) => fc.record({ verb: fc.constant(verb), names });

/** Steps that every store can take, and how often each comes. */
export const HISTORY_STEPS = [
  { weight: 4, arbitrary: named('store') },
  { weight: 3, arbitrary: named('acknowledge') },
  { weight: 1, arbitrary: named('discard') },
  { weight: 1, arbitrary: named('taken elsewhere') },
  { weight: 1, arbitrary: named('look') },
  { weight: 3, arbitrary: fc.record({ verb: fc.constant('take'), after: name, limit: fc.nat(6) }) },
] as const;

type Arbitraries = (typeof HISTORY_STEPS)[number]['arbitrary'];
export type HistoryStep = Arbitraries extends infer A ? (A extends fc.Arbitrary<infer T> ? T : never) : never;

// Everything about an envelope follows from its name, so that a repeated name is the same envelope.
const itemOf = (n: number, expires: (n: number) => number): StoreItem =>
  envelope(`n${n}`, {
    device: 1 + (n % 2),
    expires: expires(n),
    lane: n % 7 === 0 ? 'stranger' : 'contact',
    body: new Uint8Array(n * 4).fill(n),
  });

/** What a step names, without what has expired: that is not sent any more (STORE-8). */
export const itemsOf = (step: object, expires: (n: number) => number, now = 0): StoreItem[] =>
  ('names' in step ? (step.names as number[]) : []).map((n) => itemOf(n, expires)).filter((item) => item.expires > now);

/**
 * What can be seen of one step, with the place of a sequence in place of the sequence.
 * @param sequences those seen in this store so far; grows
 */
export async function observe(
  store: RelayStore,
  sequences: number[],
  items: readonly StoreItem[],
  step: HistoryStep,
): Promise<unknown> {
  switch (step.verb) {
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
    case 'take': {
      const after = sequences[step.after] ?? 0;
      const taken = await store.take(ALICE, 1, after, step.limit);
      for (const { sequence } of taken) if (!sequences.includes(sequence)) sequences.push(sequence);
      return taken.map(({ sequence, id, expires, body }) => [sequences.indexOf(sequence), id, expires, body]);
    }
  }
}

/** Everything that other nodes are told of Alice's partition. */
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
