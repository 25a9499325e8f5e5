import { describe, expect } from 'vitest';
import { type ClaimedBundle, type DeviceKeys, type OneTimeEntry, type PublishedKeys } from '../relay-store.ts';
import { type OpenHarness, storeTest } from './harness.ts';
import { ALICE, BOB, filled, hash32 } from './samples.ts';

const keysOf = (seed: number): DeviceKeys => ({
  registrationId: seed,
  signedPrekey: filled(103, seed),
  lastResortKyber: filled(1_642, seed + 1),
  sealKey: filled(1_300, seed + 2),
});
const oneTimeKeys = (...ids: number[]): OneTimeEntry[] => ids.map((id) => ({ id, key: filled(37, id) }));
const kyberKeys = (...ids: number[]): OneTimeEntry[] => ids.map((id) => ({ id, key: filled(1_642, 100 + id) }));
const listOf = (revision: number, ...devices: number[]) => ({ revision, encoded: filled(300, revision), devices });

const publication = (change: Partial<PublishedKeys> = {}): PublishedKeys => ({
  mailbox: ALICE,
  device: 1,
  keys: keysOf(1),
  oneTime: [],
  oneTimeKyber: [],
  replaceOneTime: false,
  deviceList: listOf(1, 1),
  ...change,
});

const firstByte = (bundle: ClaimedBundle | undefined): number | null => bundle?.oneTime?.[0] ?? null;

export function describeDirectory(open: OpenHarness): void {
  describe('published keys', () => {
    storeTest(open, 'STORE-13: gives back what was published, oldest one-time keys first', async (store, reopen) => {
      const counts = await store.publishKeys(publication({ oneTime: oneTimeKeys(9, 2), oneTimeKyber: kyberKeys(7) }));
      expect(counts).toEqual({ oneTime: 2, oneTimeKyber: 1 });
      const again = await reopen();
      expect(await again.claimBundles(ALICE, [], true)).toEqual([
        { device: 1, keys: keysOf(1), oneTime: filled(37, 9), oneTimeKyber: filled(1_642, 107) },
      ]);
      expect(await again.claimBundles(ALICE, [1], true)).toEqual([
        { device: 1, keys: keysOf(1), oneTime: filled(37, 2), oneTimeKyber: null },
      ]);
      expect(await again.keyCounts(ALICE, 1)).toEqual({ oneTime: 0, oneTimeKyber: 0 });
    });

    storeTest(open, 'STORE-13: null and empty leave what is there; keys replace', async (store) => {
      await store.publishKeys(publication({ oneTime: oneTimeKeys(1) }));
      const counts = await store.publishKeys(publication({ keys: null, deviceList: null, oneTime: oneTimeKeys(2) }));
      expect(counts).toEqual({ oneTime: 2, oneTimeKyber: 0 });
      await store.publishKeys(publication({ keys: keysOf(40), deviceList: null }));
      expect(await store.claimBundles(ALICE, [], false)).toEqual([
        { device: 1, keys: keysOf(40), oneTime: null, oneTimeKyber: null },
      ]);
      expect(await store.keyCounts(ALICE, 1)).toEqual({ oneTime: 2, oneTimeKyber: 0 });
    });

    storeTest(open, 'STORE-13: nobody, no list, no keys: no bundle', async (store) => {
      expect(await store.claimBundles(BOB, [], true)).toEqual([]);
      expect(await store.keyCounts(BOB, 1)).toEqual({ oneTime: 0, oneTimeKyber: 0 });
      await store.publishKeys(publication({ deviceList: null }));
      expect(await store.claimBundles(ALICE, [], true)).toEqual([]);
      await store.publishKeys(publication({ keys: null, device: 1, deviceList: listOf(1, 1, 2) }));
      expect((await store.claimBundles(ALICE, [], true)).map(({ device }) => device)).toEqual([1]);
      expect(await store.claimBundles(ALICE, [2, 3], true)).toEqual([]);
    });

    storeTest(open, 'STORE-14: each one-time key is given out once under concurrent claims', async (store, reopen) => {
      await store.publishKeys(publication({ oneTime: oneTimeKeys(1, 2, 3, 4, 5) }));
      const claims = await Promise.all(Array.from({ length: 4 }, () => store.claimBundles(ALICE, [], true)));
      const again = await reopen();
      claims.push(await again.claimBundles(ALICE, [], true), await again.claimBundles(ALICE, [], true));
      const wanted = [...oneTimeKeys(1, 2, 3, 4, 5).map(({ key }) => key[0]), null];
      expect(claims.map(([bundle]) => firstByte(bundle))).toEqual(wanted);
    });

    storeTest(
      open,
      'STORE-14: an id held or given out is not taken again, also after a restart',
      async (store, reopen) => {
        await store.publishKeys(publication({ oneTime: oneTimeKeys(1, 2) }));
        await store.claimBundles(ALICE, [], true);
        const again = await reopen();
        const other = [
          { id: 1, key: filled(37, 200) },
          { id: 2, key: filled(37, 201) },
          { id: 3, key: filled(37, 202) },
        ];
        expect(await again.publishKeys(publication({ oneTime: other }))).toEqual({ oneTime: 2, oneTimeKyber: 0 });
        const claims = [await again.claimBundles(ALICE, [], true), await again.claimBundles(ALICE, [], true)];
        expect(claims.map(([bundle]) => firstByte(bundle))).toEqual([filled(37, 2)[0], filled(37, 202)[0]]);
      },
    );

    storeTest(open, 'STORE-14: an id twice in one upload counts once', async (store) => {
      const twice = [...oneTimeKeys(1), { id: 1, key: filled(37, 99) }];
      expect(await store.publishKeys(publication({ oneTime: twice }))).toEqual({ oneTime: 1, oneTimeKyber: 0 });
    });

    storeTest(open, 'STORE-15: at most the limit is held, and given out ones make room', async (store) => {
      const counts = await store.publishKeys(
        publication({ oneTime: oneTimeKeys(1, 2, 3, 4, 5, 6, 7, 8), oneTimeKyber: kyberKeys(1, 2, 3, 4, 5) }),
      );
      expect(counts).toEqual({ oneTime: 6, oneTimeKyber: 4 });
      await store.claimBundles(ALICE, [], true);
      expect(await store.publishKeys(publication({ oneTime: oneTimeKeys(7, 8) }))).toEqual({
        oneTime: 6,
        oneTimeKyber: 3,
      });
    });

    storeTest(
      open,
      'STORE-16: devices by number; an older or equal list is ignored; unlisted devices go',
      async (store, reopen) => {
        await store.publishKeys(publication({ deviceList: listOf(3, 2, 1), oneTime: oneTimeKeys(1) }));
        await store.publishKeys(
          publication({ device: 2, keys: keysOf(20), deviceList: { ...listOf(3), encoded: filled(9, 9) } }),
        );
        await store.publishKeys(publication({ device: 2, keys: null, deviceList: listOf(2, 2) }));
        expect((await store.claimBundles(ALICE, [], false)).map(({ device }) => device)).toEqual([1, 2]);
        expect((await store.claimBundles(ALICE, [2], false)).map(({ device }) => device)).toEqual([2]);
        const again = await reopen();
        await again.publishKeys(publication({ device: 2, keys: null, deviceList: listOf(4, 2) }));
        expect((await again.claimBundles(ALICE, [1, 2], true)).map(({ device }) => device)).toEqual([2]);
        expect(await again.keyCounts(ALICE, 1)).toEqual({ oneTime: 0, oneTimeKyber: 0 });
        expect((await again.access(ALICE))?.devices).toEqual([2]);
      },
    );
  });

  describe('keys and counters that are replaced', () => {
    storeTest(open, 'STORE-15: one-time keys whose secrets are lost give way to others', async (store, reopen) => {
      await store.publishKeys(publication({ oneTime: oneTimeKeys(1, 2, 3), oneTimeKyber: kyberKeys(1, 2) }));
      const fresh = publication({ replaceOneTime: true, oneTime: oneTimeKeys(2, 7), oneTimeKyber: kyberKeys(9) });
      expect(await store.publishKeys(fresh)).toEqual({ oneTime: 1, oneTimeKyber: 1 });
      const again = await reopen();
      expect((await again.claimBundles(ALICE, [], true)).map((bundle) => firstByte(bundle))).toEqual([
        filled(37, 7)[0],
      ]);
      expect(await again.keyCounts(ALICE, 1)).toEqual({ oneTime: 0, oneTimeKyber: 0 });
    });

    storeTest(open, 'STORE-25: a state counter changes only when it is what was expected', async (store, reopen) => {
      await store.publishKeys(publication({ deviceList: listOf(1, 1, 2) }));
      const largest = 2n ** 64n - 1n;
      expect(await store.compareState(ALICE, 1, 5n, 6n)).toBe(0n);
      expect(await store.compareState(ALICE, 1, 0n, largest)).toBe(largest);
      expect(await store.compareState(ALICE, 2, 0n, 3n)).toBe(3n);
      expect(await store.compareState(BOB, 1, 0n, 0n)).toBe(0n);
      const again = await reopen();
      expect(await again.compareState(ALICE, 1, 0n, 7n)).toBe(largest);
      expect(await again.compareState(ALICE, 1, largest, 7n)).toBe(7n);
      expect(await again.compareState(ALICE, 2, 3n, 3n)).toBe(3n);
      await again.publishKeys(publication({ keys: null, deviceList: listOf(2, 1) }));
      expect(await again.compareState(ALICE, 2, 0n, 0n)).toBe(0n);
      expect(await again.compareState(ALICE, 1, 0n, 0n)).toBe(7n);
    });
  });

  describe('access', () => {
    storeTest(open, 'STORE-17: null until a device list is there, then list and hashes', async (store, reopen) => {
      expect(await store.access(ALICE)).toBeNull();
      const change = { capabilityHash: hash32('new'), previousHash: hash32('old'), previousUntil: 1_800_000_000_000 };
      await store.setAccess(ALICE, change, []);
      expect(await store.access(ALICE)).toBeNull();
      await store.publishKeys(publication({ deviceList: listOf(5, 1, 3) }));
      const wanted = { deviceList: filled(300, 5), deviceListRevision: 5, devices: [1, 3], ...change };
      expect(await store.access(ALICE)).toEqual(wanted);
      expect(await (await reopen()).access(ALICE)).toEqual(wanted);
    });

    storeTest(open, 'STORE-17: never set is null; a later change replaces all of it', async (store) => {
      await store.publishKeys(publication());
      expect(await store.access(ALICE)).toMatchObject({ capabilityHash: null, previousHash: null, previousUntil: 0 });
      await store.setAccess(ALICE, { capabilityHash: hash32('a'), previousHash: hash32('b'), previousUntil: 9 }, []);
      await store.setAccess(ALICE, { capabilityHash: hash32('c'), previousHash: null, previousUntil: 0 }, []);
      expect(await store.access(ALICE)).toMatchObject({
        capabilityHash: hash32('c'),
        previousHash: null,
        previousUntil: 0,
      });
    });
  });
}
