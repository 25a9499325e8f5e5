import { describe, expect } from 'vitest';
import { type DeviceKeys } from '../relay-store.ts';
import { type AccountRecordKept } from '../ring-store.ts';
import { type OpenHarness, storeTest } from './harness.ts';
import { ALICE, BOB, filled, hash32 } from './samples.ts';

const keysOf = (seed: number): DeviceKeys => ({
  registrationId: seed,
  signedPrekey: filled(103, seed),
  lastResortKyber: filled(1_642, seed + 1),
  sealKey: filled(1_300, seed + 2),
});
const listOf = (revision: number, ...devices: number[]) => ({ revision, encoded: filled(300, revision), devices });
const hashes = (name: string) => ({ capabilityHash: hash32(name), previousHash: null, previousUntil: 0 });
const signedAt = (at: number, device = 1) => ({ at, device, encoded: filled(150, at) });

const record = (change: Partial<AccountRecordKept> = {}): AccountRecordKept => ({
  mailbox: ALICE,
  deviceList: listOf(3, 1, 2),
  devices: [
    { device: 1, keys: keysOf(1) },
    { device: 2, keys: keysOf(2) },
  ],
  access: signedAt(50),
  ...change,
});

export function describeAccountRecord(open: OpenHarness): void {
  describe('account records', () => {
    storeTest(open, 'STORE-31: a record is what was published here, or saved', async (store, reopen) => {
      expect(await store.accountRecord(ALICE)).toBeNull();
      await store.setAccess(ALICE, hashes('only access'), []);
      expect(await store.accountRecord(ALICE)).toBeNull();
      await store.saveAccount(record(), hashes('a'));
      expect(await store.accountRecord(ALICE)).toEqual(record());
      const again = await reopen();
      expect(await again.accountRecord(ALICE)).toEqual(record());
      expect(await again.access(ALICE)).toMatchObject({ deviceListRevision: 3, devices: [1, 2], ...hashes('a') });
      expect(await again.claimBundles(ALICE, [2], true)).toEqual([
        { device: 2, keys: keysOf(2), oneTime: null, oneTimeKyber: null },
      ]);
      expect(await again.accountRecord(BOB)).toBeNull();
    });

    storeTest(open, 'STORE-31: only what is newer is taken from a record; keys only where none are', async (store) => {
      await store.publishKeys({
        mailbox: ALICE,
        device: 1,
        keys: keysOf(40),
        oneTime: [{ id: 1, key: filled(37, 1) }],
        oneTimeKyber: [],
        replaceOneTime: false,
        deviceList: listOf(4, 1, 3),
      });
      await store.setAccess(ALICE, { ...hashes('b'), signed: signedAt(60) }, []);
      await store.saveAccount(record({ devices: [...record().devices, { device: 3, keys: keysOf(3) }] }), hashes('a'));
      const kept = record({
        deviceList: listOf(4, 1, 3),
        devices: [
          { device: 1, keys: keysOf(40) },
          { device: 3, keys: keysOf(3) },
        ],
        access: signedAt(60),
      });
      expect(await store.accountRecord(ALICE)).toEqual(kept);
      expect(await store.access(ALICE)).toMatchObject(hashes('b'));
      expect(await store.keyCounts(ALICE, 1)).toEqual({ oneTime: 1, oneTimeKyber: 0 });
      await store.saveAccount(
        record({ deviceList: listOf(5, 3), devices: [], access: signedAt(61, 3) }),
        hashes('newest'),
      );
      expect(await store.accountRecord(ALICE)).toEqual({
        ...kept,
        deviceList: listOf(5, 3),
        devices: [{ device: 3, keys: keysOf(3) }],
        access: signedAt(61, 3),
      });
      expect(await store.access(ALICE)).toMatchObject(hashes('newest'));
    });

    storeTest(open, 'STORE-32: signed access goes forward; unsigned access is not passed on', async (store, reopen) => {
      await store.saveAccount(record({ access: null }), null);
      const first = { ...hashes('first'), signed: signedAt(10) };
      expect(await store.setAccess(ALICE, first, [])).toBeNull();
      expect(await store.setAccess(ALICE, { ...hashes('older'), signed: signedAt(9) }, [hash32('token')])).toBe(10);
      const sameTime = { at: 10, device: 2, encoded: filled(150, 11) };
      expect(await store.setAccess(ALICE, { ...hashes('same time'), signed: sameTime }, [])).toBe(10);
      expect(await store.setAccess(ALICE, first, [])).toBeNull();
      expect(await store.setAccess(ALICE, null, [hash32('another')])).toBeNull();
      expect(await store.access(ALICE)).toMatchObject(hashes('first'));
      expect((await store.accountRecord(ALICE))?.access).toEqual(signedAt(10));
      for (const token of ['token', 'another']) expect(await store.tokenIsValid(ALICE, hash32(token))).toBe(true);
      await store.setAccess(ALICE, hashes('unsigned'), []);
      const again = await reopen();
      expect(await again.access(ALICE)).toMatchObject(hashes('unsigned'));
      expect((await again.accountRecord(ALICE))?.access).toBeNull();
      expect(await again.setAccess(ALICE, { ...hashes('replayed'), signed: signedAt(10) }, [])).toBe(10);
      expect(await again.access(ALICE)).toMatchObject(hashes('unsigned'));
      await again.setAccess(ALICE, { ...hashes('next'), signed: signedAt(11) }, []);
      expect(await again.access(ALICE)).toMatchObject(hashes('next'));
    });

    storeTest(
      open,
      'STORE-36: with a device goes its signature on access, whatever time it named',
      async (store, reopen) => {
        const list = (revision: number, ...devices: number[]) => record({ deviceList: listOf(revision, ...devices) });
        await store.saveAccount(list(3, 1, 2), hashes('a'));
        await store.setAccess(ALICE, { ...hashes('to come'), signed: signedAt(9_000, 2) }, []);
        await store.saveAccount({ ...list(4, 1, 2), access: null }, null);
        expect((await store.accountRecord(ALICE))?.access).toEqual(signedAt(9_000, 2));
        await store.saveAccount({ ...list(5, 1), devices: [], access: null }, null);
        const again = await reopen();
        expect((await again.accountRecord(ALICE))?.access).toBeNull();
        // Who could write still can, until one of the devices says otherwise.
        expect(await again.access(ALICE)).toMatchObject(hashes('to come'));
        await again.setAccess(ALICE, { ...hashes('gone'), signed: signedAt(9_001, 2) }, []);
        await again.saveAccount({ ...list(4, 1, 2), access: signedAt(9_002, 2) }, hashes('old record'));
        expect(await again.access(ALICE)).toMatchObject(hashes('to come'));
        expect(await again.setAccess(ALICE, { ...hashes('mine'), signed: signedAt(60) }, [])).toBeNull();
        expect(await again.access(ALICE)).toMatchObject(hashes('mine'));
        expect((await again.accountRecord(ALICE))?.access).toEqual(signedAt(60));
      },
    );

    storeTest(
      open,
      'STORE-36: access may come before the list, and goes when that does not name its device',
      async (store) => {
        await store.setAccess(ALICE, { ...hashes('early'), signed: signedAt(10, 2) }, []);
        await store.saveAccount({ ...record(), access: null }, null);
        expect((await store.accountRecord(ALICE))?.access).toEqual(signedAt(10, 2));
        await store.setAccess(BOB, { ...hashes('early'), signed: signedAt(10, 7) }, []);
        await store.saveAccount({ ...record(), mailbox: BOB, access: null }, null);
        expect((await store.accountRecord(BOB))?.access).toBeNull();
      },
    );
  });
}
