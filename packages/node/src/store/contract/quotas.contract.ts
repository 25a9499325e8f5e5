import { describe, expect } from 'vitest';
import { type OpenHarness, storeTest } from './harness.ts';
import { ALICE, BOB, envelope, EXPIRES, filled, hash32, many } from './samples.ts';

const TOKEN = hash32('token');
const ACCESS = { capabilityHash: hash32('capability'), previousHash: null, previousUntil: 0 };

export function describeQuotas(open: OpenHarness): void {
  describe('quotas', () => {
    storeTest(open, 'STORE-10, MB-4: a full lane refuses, drops nothing, and fails no other item', async (store) => {
      expect(await store.store(many(6, 'c'))).toEqual([...Array<string>(5).fill('stored'), 'quota']);
      const batch = [envelope('c9'), envelope('d', { device: 2 }), envelope('b', { mailbox: BOB }), envelope('c0')];
      expect(await store.store(batch)).toEqual(['quota', 'stored', 'stored', 'duplicate']);
      expect(await store.waiting(ALICE, 1)).toBe(5);
    });

    storeTest(open, 'STORE-10: the lanes of one device are counted apart', async (store) => {
      const strangers = many(3, 's', { lane: 'stranger' });
      expect(await store.store(strangers)).toEqual(['stored', 'stored', 'quota']);
      expect(await store.store(many(5, 'c'))).toEqual(Array<string>(5).fill('stored'));
      expect(await store.store([envelope('s9', { lane: 'stranger' }), envelope('c9')])).toEqual(['quota', 'quota']);
      expect(await store.waiting(ALICE, 1)).toBe(7);
    });

    storeTest(open, 'STORE-10: bytes of contacts are counted to the last one', async (store) => {
      expect(await store.store([envelope('a', { body: filled(900, 1) })])).toEqual(['stored']);
      expect(await store.store([envelope('b', { body: filled(101, 1) })])).toEqual(['quota']);
      expect(await store.store([envelope('c', { body: filled(100, 1) })])).toEqual(['stored']);
      expect(await store.store([envelope('d', { body: filled(1, 1) })])).toEqual(['quota']);
      await store.acknowledge([{ mailbox: ALICE, device: 1, ids: [envelope('c').id] }]);
      expect(await store.store([envelope('d', { body: filled(101, 1) })])).toEqual(['quota']);
      expect(await store.store([envelope('d', { body: filled(100, 1) })])).toEqual(['stored']);
    });

    storeTest(
      open,
      'STORE-34: what is unproven gets half of the contacts lane, whoever shows more the rest',
      async (store) => {
        const unproven = { unproven: true };
        expect(await store.store(many(4, 'u', unproven))).toEqual(['stored', 'stored', 'stored', 'quota']);
        expect(await store.store([...many(3, 'c'), envelope('u0', unproven)])).toEqual([
          'stored',
          'stored',
          'quota',
          'duplicate',
        ]);
        const large = { device: 2, body: filled(501, 1) };
        expect(await store.store([envelope('x', { ...large, unproven: true }), envelope('x', large)])).toEqual([
          'quota',
          'stored',
        ]);
      },
    );

    storeTest(open, 'STORE-11: counts are exact after acknowledgement, expiry, restart', async (store, reopen) => {
      await store.store([...many(4, 'c'), envelope('x', { expires: 100 }), ...many(2, 's', { lane: 'stranger' })]);
      await store.acknowledge([{ mailbox: ALICE, device: 1, ids: [envelope('c0').id, envelope('s0').id] }]);
      await store.acknowledge([{ mailbox: ALICE, device: 1, ids: [envelope('c0').id, envelope('s0').id] }]);
      expect(await store.expire(100)).toBe(1);
      const again = await reopen();
      expect(await again.waiting(ALICE, 1)).toBe(4);
      expect(await again.store(many(3, 'n'))).toEqual(['stored', 'stored', 'quota']);
      expect(await again.store(many(2, 'm', { lane: 'stranger' }))).toEqual(['stored', 'quota']);
      expect(await again.waiting(ALICE, 1)).toBe(7);
      const last = await (await reopen()).store([envelope('n9'), envelope('m9', { lane: 'stranger' })]);
      expect(last).toEqual(['quota', 'quota']);
    });
  });

  describe('request tokens', () => {
    storeTest(open, 'STORE-12: a token lets one envelope in, exactly once', async (store, reopen) => {
      await store.setAccess(ALICE, ACCESS, [TOKEN]);
      expect(await store.tokenIsValid(ALICE, TOKEN)).toBe(true);
      const first = envelope('first', { tokenHash: TOKEN });
      const second = envelope('second', { tokenHash: TOKEN });
      expect(await store.store([first, second, first])).toEqual(['stored', 'token-used', 'duplicate']);
      expect(await store.tokenIsValid(ALICE, TOKEN)).toBe(false);
      const again = await reopen();
      expect(await again.tokenIsValid(ALICE, TOKEN)).toBe(false);
      expect(await again.store([second, first])).toEqual(['token-used', 'duplicate']);
      await again.acknowledge([{ mailbox: ALICE, device: 1, ids: [first.id] }]);
      expect(await again.store([first])).toEqual(['acknowledged']);
      expect(await again.waiting(ALICE, 1)).toBe(0);
    });

    storeTest(open, 'STORE-12: two senders at once: one of them', async (store) => {
      await store.setAccess(ALICE, ACCESS, [TOKEN]);
      const outcomes = await Promise.all(many(4, 'r', { tokenHash: TOKEN }).map((item) => store.store([item])));
      expect(outcomes.flat().toSorted()).toEqual(['stored', 'token-used', 'token-used', 'token-used']);
    });

    storeTest(open, 'STORE-12: what is not stored uses no token up', async (store) => {
      await store.setAccess(ALICE, ACCESS, [TOKEN]);
      await store.store([...many(2, 's', { lane: 'stranger' }), envelope('early')]);
      const strange = { lane: 'stranger', tokenHash: TOKEN } as const;
      expect(await store.store([envelope('full', strange)])).toEqual(['quota']);
      expect(await store.store([envelope('early', { tokenHash: TOKEN })])).toEqual(['duplicate']);
      expect(await store.tokenIsValid(ALICE, TOKEN)).toBe(true);
      await store.acknowledge([{ mailbox: ALICE, device: 1, ids: [envelope('s0').id] }]);
      expect(await store.store([envelope('full', strange)])).toEqual(['stored']);
    });

    storeTest(open, 'STORE-12: tokens are their account’s own; unknown ones count as used', async (store) => {
      await store.setAccess(BOB, ACCESS, [TOKEN]);
      expect(await store.tokenIsValid(ALICE, TOKEN)).toBe(false);
      expect(await store.store([envelope('a', { tokenHash: TOKEN })])).toEqual(['token-used']);
      expect(await store.tokenIsValid(BOB, TOKEN)).toBe(true);
    });

    storeTest(open, 'STORE-12: a spent token is not revived by setting it again, nor by expiry', async (store) => {
      await store.setAccess(ALICE, ACCESS, [TOKEN]);
      await store.store([envelope('a', { tokenHash: TOKEN })]);
      await store.expire(EXPIRES * 2);
      await store.setAccess(ALICE, ACCESS, [TOKEN, hash32('other')]);
      expect(await store.tokenIsValid(ALICE, TOKEN)).toBe(false);
      expect(await store.tokenIsValid(ALICE, hash32('other'))).toBe(true);
    });

    storeTest(open, 'STORE-12: unspent tokens are limited, spent ones do not count', async (store) => {
      const hashes = [1, 2, 3, 4].map((n) => hash32(`token ${n}`));
      await store.setAccess(ALICE, ACCESS, hashes);
      expect(await Promise.all(hashes.map((hash) => store.tokenIsValid(ALICE, hash)))).toEqual([
        true,
        true,
        true,
        false,
      ]);
      await store.store([envelope('a', { tokenHash: hashes[0]! })]);
      await store.setAccess(ALICE, ACCESS, hashes);
      expect(await Promise.all(hashes.map((hash) => store.tokenIsValid(ALICE, hash)))).toEqual([
        false,
        true,
        true,
        true,
      ]);
    });
  });
}
