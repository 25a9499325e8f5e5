import { describe, expect } from 'vitest';
import { type RelayStore } from '../relay-store.ts';
import { DEFAULT_STORE_LIMITS } from '../store-limits.ts';
import { type OpenHarness, storeTest } from './harness.ts';
import { ALICE, envelope, hash32, many } from './samples.ts';

const everyVerb = (store: RelayStore): Promise<unknown>[] => [
  store.store([envelope('a')]),
  store.take(ALICE, 1, 0, 1),
  store.waiting(ALICE, 1),
  store.acknowledge([]),
  store.publishKeys({
    mailbox: ALICE,
    device: 1,
    keys: null,
    oneTime: [],
    oneTimeKyber: [],
    replaceOneTime: false,
    deviceList: null,
  }),
  store.compareState(ALICE, 1, 0n, 1n),
  store.keyCounts(ALICE, 1),
  store.claimBundles(ALICE, [], false),
  store.access(ALICE),
  store.setAccess(ALICE, { capabilityHash: hash32('c'), previousHash: null, previousUntil: 0 }, []),
  store.tokenIsValid(ALICE, hash32('t')),
  store.expire(0),
  store.partitions(),
  store.digests(0, 100),
  store.inventory(0, 0, 1),
  store.read([]),
  store.discard([]),
  store.accountRecord(ALICE),
  store.saveAccount(
    { mailbox: ALICE, deviceList: { revision: 1, encoded: hash32('list'), devices: [1] }, devices: [], access: null },
    null,
  ),
];

export function describeLifetime(open: OpenHarness): void {
  describe('close', () => {
    storeTest(
      open,
      'STORE-18: close waits for what is under way',
      async (store, reopen) => {
        const items = many(300, 'w');
        const stored = items.map((item) => store.store([item]));
        await store.close();
        expect((await Promise.all(stored)).flat()).toEqual(items.map(() => 'stored'));
        const again = await reopen();
        if (again !== store) expect(await again.waiting(ALICE, 1)).toBe(300);
      },
      DEFAULT_STORE_LIMITS,
    );

    storeTest(
      open,
      'STORE-18: what takes several calls ends with close, one way or the other',
      async (store, reopen) => {
        await store.store([envelope('a')]);
        const looks = [store.partitions(), store.digests(0, 16_383)];
        const changes = [store.discard([envelope('a')]), store.expire(0)];
        const outcomes = Promise.allSettled(looks);
        await store.close();
        // What was to be removed is.
        await Promise.all(changes);
        const reasons = (await outcomes).flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
        for (const reason of reasons) expect(reason).toMatchObject({ code: 'closed' });
        const again = await reopen();
        if (again !== store) expect(await again.waiting(ALICE, 1)).toBe(0);
      },
    );

    storeTest(open, 'STORE-18: every verb after close is refused by code; closing again is not', async (store) => {
      await store.close();
      await store.close();
      for (const result of await Promise.allSettled(everyVerb(store))) {
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'closed', retry: false } });
      }
    });
  });
}
