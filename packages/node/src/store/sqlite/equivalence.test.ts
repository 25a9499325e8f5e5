import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { envelope, hash32 } from '../contract/samples.ts';
import { MemoryStore } from '../memory/memory-store.ts';
import { type RelayStore } from '../relay-store.ts';
import { type StoreLimits } from '../store-limits.ts';
import { directHarness } from './harness.contract.ts';

const LIMITS: StoreLimits = {
  contactEnvelopes: 20,
  contactBytes: 1_500,
  strangerEnvelopes: 3,
  oneTimeKeys: 5,
  oneTimeKyberKeys: 5,
  requestTokens: 3,
};

const name = fc.nat(25);
const names = fc.array(name, { maxLength: 12 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ verb: fc.constant('store' as const), names }) },
  { weight: 3, arbitrary: fc.record({ verb: fc.constant('acknowledge' as const), names }) },
  { weight: 3, arbitrary: fc.record({ verb: fc.constant('take' as const), after: name, limit: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('expire' as const), now: fc.nat(2_600) }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('reopen' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

// Everything about an envelope follows from its name, so that a repeated name is the same envelope.
const itemOf = (mailbox: Uint8Array, n: number) =>
  envelope(`n${n}`, {
    mailbox,
    device: 1 + (n % 2),
    expires: n % 5 === 0 ? 100 * n : 5_000,
    lane: n % 7 === 0 ? 'stranger' : 'contact',
    body: new Uint8Array(n * 10).fill(n),
  });

/** What can be seen of one step, with the place of a sequence in place of the sequence. */
async function observe(store: RelayStore, mailbox: Uint8Array, sequences: number[], given: Step): Promise<unknown> {
  const items = 'names' in given ? given.names.map((n) => itemOf(mailbox, n)) : [];
  switch (given.verb) {
    case 'store':
      return store.store(items);
    case 'acknowledge':
      return store.acknowledge(items.map(({ device, id }) => ({ mailbox, device, ids: [id] })));
    case 'expire':
      return store.expire(given.now);
    case 'reopen':
      return null;
    case 'take': {
      const after = sequences[given.after] ?? 0;
      const taken = await store.take(mailbox, 1, after, given.limit);
      for (const { sequence } of taken) if (!sequences.includes(sequence)) sequences.push(sequence);
      return taken.map(({ sequence, id, expires, body }) => [sequences.indexOf(sequence), id, expires, body]);
    }
  }
}

// One pair of stores for all runs: each run has a mailbox of its own.
const open = directHarness({ generation: 3, rowsPerCommit: 1, rowsPerEnvelope: 1 });
const harness = await open(LIMITS);
afterAll(() => harness.dispose());

test('STORE-2 to STORE-11: any history looks the same as in memory, also with restarts and half-done settlements', async () => {
  let store = harness.store;
  const model = new MemoryStore(LIMITS);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const mailbox = hash32(`run ${run++}`);
      const [seen, seenModel]: [number[], number[]] = [[], []];
      for (const given of steps) {
        if (given.verb === 'reopen') store = await harness.reopen!();
        expect(await observe(store, mailbox, seen, given)).toEqual(await observe(model, mailbox, seenModel, given));
        for (const device of [1, 2]) {
          expect(await store.waiting(mailbox, device)).toBe(await model.waiting(mailbox, device));
        }
      }
    }),
    { numRuns: 200 },
  );
});
