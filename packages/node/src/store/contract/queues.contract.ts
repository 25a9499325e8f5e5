import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { type QueuedEnvelope, type RelayStore } from '../relay-store.ts';
import { DEFAULT_STORE_LIMITS } from '../store-limits.ts';
import { type OpenHarness, storeTest } from './harness.ts';
import { ALICE, BOB, envelope, EXPIRES, filled, hash32, many } from './samples.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const idsOf = (envelopes: readonly { id: Uint8Array }[]): string[] => envelopes.map(({ id }) => hex(id));

async function takeAll(store: RelayStore, mailbox: Uint8Array, device: number, page = 3): Promise<QueuedEnvelope[]> {
  const all: QueuedEnvelope[] = [];
  for (let after = 0; ; after = all.at(-1)!.sequence) {
    const taken = await store.take(mailbox, device, after, page);
    all.push(...taken);
    if (taken.length < page) return all;
  }
}

export function describeQueues(open: OpenHarness): void {
  describe('store and take', () => {
    storeTest(
      open,
      'STORE-1: gives back id, expiry and body exactly, also empty and largest bodies',
      async (store) => {
        const items = [
          envelope('empty', { body: new Uint8Array(0) }),
          envelope('small', { expires: 4_102_444_800 }),
          envelope('largest', { body: filled(49_152, 3), device: 127 }),
        ];
        expect(await store.store(items)).toEqual(['stored', 'stored', 'stored']);
        const taken = [...(await store.take(ALICE, 1, 0, 10)), ...(await store.take(ALICE, 127, 0, 10))];
        expect(taken.map(({ id, expires, body }) => ({ id: hex(id), expires, body: hex(body) }))).toEqual(
          items.map(({ id, expires, body }) => ({ id: hex(id), expires, body: hex(body) })),
        );
      },
      DEFAULT_STORE_LIMITS,
    );

    storeTest(open, 'STORE-1: an empty batch is answered', async (store) => {
      expect(await store.store([])).toEqual([]);
      await store.acknowledge([]);
      await store.acknowledge([{ mailbox: ALICE, device: 1, ids: [] }]);
      expect(await store.take(ALICE, 1, 0, 10)).toEqual([]);
    });

    storeTest(open, 'STORE-1: the caller may reuse its buffers as soon as the call returned', async (store) => {
      const item = envelope('reused', { mailbox: ALICE.slice() });
      const wanted = { id: hex(item.id), body: hex(item.body) };
      const stored = store.store([item]);
      for (const bytes of [item.id, item.mailbox, item.body]) bytes.fill(0xee);
      await stored;
      const [taken] = await store.take(ALICE, 1, 0, 10);
      expect({ id: hex(taken!.id), body: hex(taken!.body) }).toEqual(wanted);
    });

    storeTest(open, 'STORE-2: a duplicate in one batch and across batches is stored once', async (store, reopen) => {
      const item = envelope('same');
      expect(await store.store([item, envelope('other'), item])).toEqual(['stored', 'stored', 'duplicate']);
      expect(await store.store([item])).toEqual(['duplicate']);
      const again = await reopen();
      expect(await again.store([item])).toEqual(['duplicate']);
      expect(idsOf(await again.take(ALICE, 1, 0, 10))).toEqual(idsOf([item, envelope('other')]));
    });

    storeTest(open, 'STORE-3: mailboxes and devices are apart', async (store) => {
      const items = [envelope('a'), envelope('a', { device: 2 }), envelope('a', { mailbox: BOB })];
      await store.store(items);
      expect(idsOf(await store.take(ALICE, 1, 0, 10))).toEqual([hex(items[0]!.id)]);
      expect(idsOf(await store.take(ALICE, 2, 0, 10))).toEqual([hex(items[1]!.id)]);
      expect(idsOf(await store.take(BOB, 1, 0, 10))).toEqual([hex(items[2]!.id)]);
      expect(await store.take(BOB, 2, 0, 10)).toEqual([]);
      await store.acknowledge([{ mailbox: BOB, device: 1, ids: [items[0]!.id] }]);
      expect(await store.waiting(ALICE, 1)).toBe(1);
    });

    storeTest(open, 'STORE-33: heads say how far each queue reaches, in the order asked for', async (store, reopen) => {
      const refs = [
        { mailbox: ALICE, device: 2 },
        { mailbox: BOB, device: 1 },
        { mailbox: ALICE, device: 1 },
      ];
      expect(await store.heads([])).toEqual([]);
      expect(await store.heads(refs)).toEqual([0, 0, 0]);
      const items = [...many(3, 'a'), envelope('b', { mailbox: BOB }), envelope('s', { lane: 'stranger' })];
      await store.store(items);
      const newest = async (from: RelayStore, mailbox: Uint8Array, device: number): Promise<number> =>
        (await takeAll(from, mailbox, device)).at(-1)?.sequence ?? 0;
      expect(await store.heads(refs)).toEqual([0, await newest(store, BOB, 1), await newest(store, ALICE, 1)]);
      const again = await reopen();
      const heads = await again.heads(refs);
      expect(heads).toEqual([0, await newest(again, BOB, 1), await newest(again, ALICE, 1)]);
      // What was taken may count on, and nothing above what was ever given.
      await again.acknowledge([{ mailbox: ALICE, device: 1, ids: items.map(({ id }) => id) }]);
      expect((await again.heads(refs))[2]).toBeLessThanOrEqual(heads[2]!);
      await again.store([envelope('later')]);
      expect(await again.heads(refs)).toEqual([0, heads[1], await newest(again, ALICE, 1)]);
    });

    storeTest(open, 'STORE-33: heads of more devices than one call of the backend looks at', async (store) => {
      const devices = Array.from({ length: 600 }, (_, at) => ({
        mailbox: filled(32, Math.floor(at / 127)),
        device: 1 + (at % 127),
      }));
      const wanted = devices.filter((_, at) => at % 100 === 7);
      await store.store(wanted.map((ref) => envelope('one', ref)));
      const heads = await store.heads(devices);
      expect(heads.map((head, at) => head > 0 && at)).toEqual(devices.map((_, at) => at % 100 === 7 && at));
    });

    storeTest(
      open,
      'STORE-4: sequences rise in commit order, also over both lanes and a restart',
      async (store, reopen) => {
        await store.store([envelope('1'), envelope('2', { lane: 'stranger' })]);
        await store.store([envelope('3')]);
        const again = await reopen();
        await again.store([envelope('4', { lane: 'stranger' }), envelope('5')]);
        const taken = await again.take(ALICE, 1, 0, 10);
        expect(idsOf(taken)).toEqual(
          idsOf([envelope('1'), envelope('2'), envelope('3'), envelope('4'), envelope('5')]),
        );
        const sequences = taken.map(({ sequence }) => sequence);
        expect(sequences).toEqual([...new Set(sequences)].toSorted((a, b) => a - b));
        expect(sequences[0]).toBeGreaterThanOrEqual(1);
      },
    );

    storeTest(
      open,
      'STORE-4: a sequence is never given twice, also after everything went and a restart',
      async (store, reopen) => {
        await store.store(many(3, 'old'));
        const cursor = (await store.take(ALICE, 1, 0, 10)).at(-1)!.sequence;
        await store.acknowledge([{ mailbox: ALICE, device: 1, ids: many(3, 'old').map(({ id }) => id) }]);
        await store.store([envelope('new')]);
        expect(idsOf(await store.take(ALICE, 1, cursor, 10))).toEqual(idsOf([envelope('new')]));
        await store.acknowledge([{ mailbox: ALICE, device: 1, ids: [envelope('new').id] }]);
        const again = await reopen();
        await again.store([envelope('newest')]);
        expect(idsOf(await again.take(ALICE, 1, cursor, 10))).toEqual(idsOf([envelope('newest')]));
      },
    );

    storeTest(open, 'STORE-5: take gives at most `limit` after the cursor, and pages meet', async (store) => {
      await store.store(many(5, 'p'));
      const first = await store.take(ALICE, 1, 0, 2);
      const second = await store.take(ALICE, 1, first[1]!.sequence, 2);
      expect(idsOf([...first, ...second])).toEqual(idsOf(many(4, 'p')));
      expect(await store.take(ALICE, 1, 0, 0)).toEqual([]);
      expect(await store.take(ALICE, 1, Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
      expect(idsOf(await takeAll(store, ALICE, 1, 2))).toEqual(idsOf(many(5, 'p')));
    });

    storeTest(open, 'STORE-6: calls take effect in call order without awaiting', async (store) => {
      const item = envelope('ordered');
      const results = await Promise.all([
        store.waiting(ALICE, 1),
        store.store([item]),
        store.waiting(ALICE, 1),
        store.take(ALICE, 1, 0, 10).then(idsOf),
        store.acknowledge([{ mailbox: ALICE, device: 1, ids: [item.id] }]),
        store.waiting(ALICE, 1),
        store.store([item]),
      ]);
      expect(results).toEqual([0, ['stored'], 1, [hex(item.id)], undefined, 0, ['acknowledged']]);
    });
  });

  describe('acknowledge and expire', () => {
    storeTest(open, 'STORE-7: a late copy after acknowledgement is not delivered again', async (store, reopen) => {
      const item = envelope('taken');
      await store.store([item, envelope('kept')]);
      await store.acknowledge([{ mailbox: ALICE, device: 1, ids: [item.id, hash32('unknown')] }]);
      expect(await store.store([item])).toEqual(['acknowledged']);
      const again = await reopen();
      expect(await again.store([item, item])).toEqual(['acknowledged', 'acknowledged']);
      expect(idsOf(await again.take(ALICE, 1, 0, 10))).toEqual(idsOf([envelope('kept')]));
    });

    storeTest(open, 'STORE-7: ids may come twice, in any order, for several devices at once', async (store) => {
      const mine = many(4, 'm');
      const theirs = many(2, 't', { mailbox: BOB });
      await store.store([...mine, ...theirs]);
      await store.acknowledge([
        { mailbox: ALICE, device: 1, ids: [mine[3]!.id, mine[0]!.id, mine[3]!.id] },
        { mailbox: BOB, device: 1, ids: [theirs[1]!.id] },
        { mailbox: filled(32, 9), device: 1, ids: [theirs[1]!.id] },
      ]);
      expect(idsOf(await takeAll(store, ALICE, 1))).toEqual(idsOf([mine[1]!, mine[2]!]));
      expect(idsOf(await takeAll(store, BOB, 1))).toEqual(idsOf([theirs[0]!]));
    });

    storeTest(open, 'STORE-7: an id whose first bytes agree with a queued one is another id', async (store) => {
      const item = envelope('near');
      const near = item.id.slice();
      near[15]! ^= 1;
      await store.store([item]);
      await store.acknowledge([{ mailbox: ALICE, device: 1, ids: [near] }]);
      expect(await store.waiting(ALICE, 1)).toBe(1);
    });

    storeTest(open, 'STORE-8: what has expired goes, what has not stays', async (store, reopen) => {
      await store.store([envelope('soon', { expires: 100 }), envelope('late', { expires: 101 })]);
      expect(await store.expire(99)).toBe(0);
      expect(await store.expire(100)).toBe(1);
      expect(await store.expire(100)).toBe(0);
      expect(idsOf(await store.take(ALICE, 1, 0, 10))).toEqual(idsOf([envelope('late', { expires: 101 })]));
      const again = await reopen();
      expect(await again.waiting(ALICE, 1)).toBe(1);
      expect(await again.expire(1_000)).toBe(1);
      expect(await again.waiting(ALICE, 1)).toBe(0);
    });

    storeTest(
      open,
      'STORE-8: many expire in one call',
      async (store) => {
        await store.store(many(5_000, 'x', { expires: 100, body: filled(10, 1) }));
        await store.store(many(10, 'y', { expires: 200, body: filled(10, 1) }));
        expect(await store.expire(150)).toBe(5_000);
        expect(await store.waiting(ALICE, 1)).toBe(10);
      },
      { ...DEFAULT_STORE_LIMITS, contactEnvelopes: 10_000 },
    );

    storeTest(
      open,
      'STORE-9, MB-8: a tombstone outlives the expiry by 4,800 s, and no longer',
      async (store, reopen) => {
        const item = envelope('t');
        await store.store([item]);
        await store.acknowledge([{ mailbox: ALICE, device: 1, ids: [item.id] }]);
        await store.expire(EXPIRES + 4_799);
        expect(await store.store([item])).toEqual(['acknowledged']);
        const again = await reopen();
        expect(await again.store([item])).toEqual(['acknowledged']);
        expect(await again.expire(EXPIRES + 4_800)).toBe(0);
        expect(await again.store([item])).toEqual(['stored']);
      },
    );
  });

  describe('any history', () => {
    storeTest(
      open,
      'STORE-2, STORE-7, MB-3: equals a set with tombstones',
      async (store) => {
        const step = fc.record({ verb: fc.constantFrom('store', 'acknowledge', 'take'), names: fc.array(fc.nat(30)) });
        let run = 0;
        await fc.assert(
          fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
            const mailbox = hash32(`history ${run++}`);
            const queued = new Map<string, string>();
            const taken = new Set<string>();
            for (const { verb, names } of steps) {
              const items = names.map((name) => envelope(String(name), { mailbox }));
              const ids = idsOf(items);
              if (verb === 'store') {
                const wanted = ids.map((id) => {
                  if (taken.has(id)) return 'acknowledged';
                  if (queued.has(id)) return 'duplicate';
                  queued.set(id, id);
                  return 'stored';
                });
                expect(await store.store(items)).toEqual(wanted);
              } else if (verb === 'acknowledge') {
                for (const id of ids) if (queued.delete(id)) taken.add(id);
                await store.acknowledge([{ mailbox, device: 1, ids: items.map(({ id }) => id) }]);
              } else {
                expect(idsOf(await takeAll(store, mailbox, 1))).toEqual([...queued.keys()]);
              }
              expect(await store.waiting(mailbox, 1)).toBe(queued.size);
            }
          }),
          { numRuns: 30 },
        );
      },
      DEFAULT_STORE_LIMITS,
    );
  });
}
