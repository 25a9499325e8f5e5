import { createHash } from 'node:crypto';
import { describe, expect } from 'vitest';
import { partitionOf } from '../partition-of.ts';
import { type RelayStore, type StoreItem } from '../relay-store.ts';
import { type HeldEnvelope } from '../ring-store.ts';
import { DEFAULT_STORE_LIMITS } from '../store-limits.ts';
import { type OpenHarness, storeTest } from './harness.ts';
import { ALICE, BOB, envelope, EXPIRES, hash32, many } from './samples.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const idsOf = (items: readonly { id: Uint8Array }[]): string[] => items.map(({ id }) => hex(id)).toSorted();
const [ALICES, BOBS] = [partitionOf(ALICE), partitionOf(BOB)];

/** RING-24, written down a second time. */
function fingerprint(items: readonly StoreItem[]): string {
  const halves = items.map(({ id }) => hex(id).slice(0, 32)).toSorted();
  return createHash('sha256')
    .update(Buffer.from(halves.join(''), 'hex'))
    .digest('hex')
    .slice(0, 32);
}

async function listed(store: RelayStore, partition: number, page: number): Promise<HeldEnvelope[]> {
  const all: HeldEnvelope[] = [];
  for (let after = 0; ; after = all.at(-1)!.sequence) {
    const held = await store.inventory(partition, after, page);
    all.push(...held);
    if (held.length < page) return all;
  }
}

export function describePartitions(open: OpenHarness): void {
  describe('partitions', () => {
    storeTest(open, 'STORE-35: what comes again while it is discarded is there afterwards', async (store) => {
      const items = many(5, 'a');
      await store.store(items);
      const discarded = store.discard(items.slice(1));
      const outcomes = store.store([items[0]!, items[2]!, envelope('new')]);
      await discarded;
      expect((await outcomes)[0]).toBe('duplicate');
      expect(await outcomes).not.toContain('quota');
      expect(await store.waiting(ALICE, 1)).toBe(3);
      expect(idsOf(await listed(store, ALICES, 10))).toEqual(idsOf([items[0]!, items[2]!, envelope('new')]));
    });

    storeTest(open, 'STORE-26: partitions that hold envelopes are counted', async (store, reopen) => {
      expect(await store.partitions()).toEqual([]);
      const mine = [...many(3, 'a'), envelope('b', { device: 2, lane: 'stranger' })];
      await store.store([...mine, envelope('c', { mailbox: BOB })]);
      await store.acknowledge([{ mailbox: ALICE, device: 1, ids: [mine[0]!.id] }]);
      const wanted = [
        { partition: ALICES, envelopes: 3 },
        { partition: BOBS, envelopes: 1 },
      ].toSorted((a, b) => a.partition - b.partition);
      expect(await store.partitions()).toEqual(wanted);
      const again = await reopen();
      expect(await again.partitions()).toEqual(wanted);
      await again.acknowledge([{ mailbox: BOB, device: 1, ids: [envelope('c', { mailbox: BOB }).id] }]);
      expect(await again.partitions()).toEqual([{ partition: ALICES, envelopes: 3 }]);
    });

    storeTest(
      open,
      'STORE-26, RING-24: a fingerprint tells the set, not the order nor what is settled',
      async (store, reopen) => {
        const mine = [...many(20, 'a'), ...many(20, 'b', { device: 2 })];
        await store.store(mine.slice(0, 30));
        // What is asked to expire is settled first.
        await store.expire(0);
        await store.store(mine.slice(30).toReversed());
        await store.store([envelope('c', { mailbox: BOB })]);
        const wanted = { partition: ALICES, count: 40, fingerprint: Buffer.from(fingerprint(mine), 'hex') };
        const plain = ({ fingerprint: bytes, ...rest }: (typeof digests)[number]) => ({
          ...rest,
          fingerprint: Buffer.from(bytes),
        });
        const digests = await store.digests(ALICES, ALICES);
        expect(digests.map(plain)).toEqual([wanted]);
        expect((await store.digests(0, 16_383)).map(({ partition }) => partition)).toEqual(
          [ALICES, BOBS].toSorted((a, b) => a - b),
        );
        expect(await store.digests(ALICES + 1, ALICES)).toEqual([]);
        const again = await reopen();
        expect((await again.digests(ALICES, ALICES)).map(plain)).toEqual([wanted]);
        await again.acknowledge([{ mailbox: ALICE, device: 2, ids: [mine[39]!.id] }]);
        expect((await again.digests(ALICES, ALICES)).map(plain)).toEqual([
          { ...wanted, count: 39, fingerprint: Buffer.from(fingerprint(mine.slice(0, 39)), 'hex') },
        ]);
      },
      DEFAULT_STORE_LIMITS,
    );

    storeTest(
      open,
      'STORE-27: pages of a partition meet, in commit order, whatever is settled',
      async (store, reopen) => {
        const mine = [...many(4, 'a'), ...many(3, 'b', { device: 2, lane: 'stranger', expires: 3_000_000 })];
        await store.store([mine[0]!, mine[4]!]);
        await store.expire(0);
        await store.store([mine[1]!, mine[5]!, mine[2]!]);
        await store.store([envelope('c', { mailbox: BOB })]);
        const again = await reopen();
        await again.store([mine[6]!, mine[3]!]);
        const wanted = [0, 4, 1, 5, 2, 6, 3].map((n) => mine[n]!);
        for (const page of [1, 2, 3, 100]) {
          const held = await listed(again, ALICES, page);
          const plain = held.map(({ id, mailbox, device, expires, lane, bytes }) => [
            hex(id),
            hex(mailbox),
            device,
            expires,
            lane,
            bytes,
          ]);
          expect(plain).toEqual(
            wanted.map(({ id, mailbox, device, expires, lane, body }) => [
              hex(id),
              hex(mailbox),
              device,
              expires,
              lane,
              body.length,
            ]),
          );
        }
        expect(await again.inventory((ALICES + 1) % 16_384, 0, 10)).toEqual([]);
      },
      DEFAULT_STORE_LIMITS,
    );

    storeTest(open, 'STORE-28: reads by reference; what is gone is null', async (store, reopen) => {
      const items = [envelope('a'), envelope('b', { lane: 'stranger' }), envelope('c'), envelope('d')];
      await store.store(items.slice(0, 2));
      await store.expire(0);
      await store.store(items.slice(2));
      await store.acknowledge([{ mailbox: ALICE, device: 1, ids: [items[0]!.id, items[2]!.id] }]);
      const unknown = { ...items[1]!, id: hash32('unknown') };
      const again = await reopen();
      const read = await again.read([items[3]!, unknown, items[2]!, items[1]!, items[0]!]);
      expect(read.map((item) => item && { ...item, id: hex(item.id), body: hex(item.body) })).toEqual(
        [items[3]!, null, null, items[1]!, null].map(
          (item) => item && { ...item, id: hex(item.id), body: hex(item.body) },
        ),
      );
    });

    storeTest(open, 'STORE-29: a discarded envelope may come again; an acknowledged one not', async (store, reopen) => {
      const items = [envelope('a'), envelope('b', { lane: 'stranger' }), envelope('c')];
      await store.store(items.slice(0, 2));
      await store.expire(0);
      await store.store(items.slice(2));
      await store.acknowledge([{ mailbox: ALICE, device: 1, ids: [items[0]!.id] }]);
      await store.discard([...items, { ...items[2]!, id: hash32('unknown') }]);
      expect(await store.waiting(ALICE, 1)).toBe(0);
      expect(await store.take(ALICE, 1, 0, 10)).toEqual([]);
      expect(await store.partitions()).toEqual([]);
      const again = await reopen();
      expect(await again.waiting(ALICE, 1)).toBe(0);
      expect(await again.store(items)).toEqual(['acknowledged', 'stored', 'stored']);
      expect(idsOf(await again.take(ALICE, 1, 0, 10))).toEqual(idsOf(items.slice(1)));
      // Counts are exact: the limits are 5 and 2 here.
      const more = [...many(4, 'm'), ...many(1, 's', { lane: 'stranger' })];
      expect(await again.store(more)).toEqual(more.map(() => 'stored'));
      expect(await again.store([envelope('m9'), envelope('s9', { lane: 'stranger' })])).toEqual(['quota', 'quota']);
    });
  });

  describe('acknowledged elsewhere', () => {
    const taken = (ids: Uint8Array[], mailbox = ALICE, expires = EXPIRES) => [
      { mailbox, device: 1, ids, expires: ids.map(() => expires) },
    ];

    storeTest(open, 'STORE-30: an id that is not here yet leaves a tombstone in this queue', async (store, reopen) => {
      const [here, late] = [envelope('here'), envelope('late')];
      await store.store([here]);
      await store.acknowledge(taken([here.id, late.id, late.id]));
      expect(await store.store([here, late])).toEqual(['acknowledged', 'acknowledged']);
      const again = await reopen();
      expect(await again.store([here, late, envelope('other')])).toEqual(['acknowledged', 'acknowledged', 'stored']);
      expect(idsOf(await again.take(ALICE, 1, 0, 10))).toEqual(idsOf([envelope('other')]));
    });

    storeTest(open, 'STORE-30: nobody keeps an envelope from another mailbox or device', async (store) => {
      const [bobs, second] = [envelope('x', { mailbox: BOB }), envelope('x', { device: 2 })];
      await store.acknowledge(taken([bobs.id, second.id]));
      expect(await store.store([bobs, second])).toEqual(['stored', 'stored']);
      await store.acknowledge(taken([bobs.id, second.id]));
      expect(await store.waiting(BOB, 1)).toBe(1);
      expect(await store.waiting(ALICE, 2)).toBe(1);
    });

    storeTest(open, 'STORE-30: it goes 1,200 s after the expiry, and there are as many as envelopes', async (store) => {
      const late = many(7, 'late');
      const ids = late.map(({ id }) => id);
      await store.acknowledge(taken(ids));
      // The limit is 5 here; what is beyond is delivered once more, and its device knows it.
      const outcomes = await store.store(late);
      expect(outcomes.slice(0, 5)).toEqual(Array<string>(5).fill('acknowledged'));
      expect(outcomes.slice(5)).toEqual(['stored', 'stored']);
      await store.acknowledge(taken(ids));
      expect(await store.expire(EXPIRES + 4_799)).toBe(0);
      expect(await store.store(late.slice(0, 1))).toEqual(['acknowledged']);
      await store.expire(EXPIRES + 4_800);
      expect(await store.store(late.slice(0, 1))).toEqual(['stored']);
      await store.acknowledge(taken([hash32('after')]));
    });
  });
}
