import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ALICE, BOB, envelope, filled, hash32, many } from '../contract/samples.ts';
import { RelayStoreError, type StoreItem } from '../relay-store.ts';
import { DEFAULT_STORE_LIMITS } from '../store-limits.ts';
import { makeDataDir, openDirect } from './harness.contract.ts';
import { DEFAULT_SETTLEMENT_PACE } from './settlement.ts';
import { openSqliteStore, type SqliteStore } from './sqlite-store.ts';

const ACCESS = { capabilityHash: hash32('c'), previousHash: null, previousUntil: 0 };
const TOKEN = hash32('token');
const BODY = filled(4_000, 1);

const batchOf = (n: number, mailbox = ALICE): StoreItem[] => many(8, `batch ${n} `, { body: BODY, mailbox });
const idsOf = (items: readonly StoreItem[]): Uint8Array[] => items.map(({ id }) => id);

/** Stores batches until there is no room; returns those stored, and the first that was not. */
async function fill(store: SqliteStore): Promise<{ stored: StoreItem[]; refused: StoreItem[] }> {
  const stored: StoreItem[] = [];
  for (let n = 0; n < 1_000; n++) {
    const batch = batchOf(n);
    const failure = await store.store(batch).then(
      () => null,
      (error: unknown) => error,
    );
    if (failure === null) stored.push(...batch);
    else if (failure instanceof RelayStoreError && failure.code === 'disk-full') return { stored, refused: batch };
    else throw failure;
  }
  throw new Error('the disk never was full');
}

describe.each(['thread', 'direct'])('disk full (%s)', (kind) => {
  let dataDir: string;
  let store: SqliteStore;
  const open = async (): Promise<SqliteStore> => {
    const pace =
      kind === 'thread'
        ? DEFAULT_SETTLEMENT_PACE
        : { generation: 8, rowsPerCommit: 3, rowsPerEnvelope: 2, removals: 5 };
    const options = { dataDir, limits: DEFAULT_STORE_LIMITS, maxFileBytes: 1_000_000, pace };
    return kind === 'thread' ? openSqliteStore(options) : openDirect(options);
  };

  beforeEach(async () => {
    dataDir = await makeDataDir();
    store = await open();
  });
  afterEach(async () => {
    await store.close();
    await rm(dataDir, { recursive: true });
  });

  test('STORE-20: nothing of the refused batch is stored, nothing else is lost', async () => {
    const { stored, refused } = await fill(store);
    expect(stored.length).toBeGreaterThan(80);
    expect(await store.waiting(ALICE, 1)).toBe(stored.length);
    const taken = await store.take(ALICE, 1, 0, 10_000);
    expect(taken.map(({ id }) => Buffer.from(id))).toEqual(idsOf(stored).map((id) => Buffer.from(id)));
    expect(taken.every(({ body }) => Buffer.compare(body, BODY) === 0)).toBe(true);
    await expect(store.store(refused)).rejects.toMatchObject({ code: 'disk-full', retry: true });
    await store.close();
    store = await open();
    expect(await store.waiting(ALICE, 1)).toBe(stored.length);
  });

  test('STORE-20: acknowledgements and expiry still work, and then there is room again', async () => {
    const { stored, refused } = await fill(store);
    for (let i = 0; i < stored.length; i += 10) {
      await store.acknowledge([{ mailbox: ALICE, device: 1, ids: idsOf(stored.slice(i, i + 10)) }]);
    }
    expect(await store.waiting(ALICE, 1)).toBe(0);
    expect(await store.expire(0)).toBe(0);
    expect(await store.store(refused)).toEqual(refused.map(() => 'stored'));
    expect(await store.store(stored.slice(0, 8))).toEqual(Array<string>(8).fill('acknowledged'));
  });

  test('STORE-20: calls beside the refused one are answered', async () => {
    const { stored, refused } = await fill(store);
    const [store1, taken, acknowledged, store2, waiting] = await Promise.allSettled([
      store.store(refused),
      store.take(ALICE, 1, 0, 1),
      store.acknowledge([{ mailbox: ALICE, device: 1, ids: [stored[0]!.id] }]),
      store.store(batchOf(5_000, BOB)),
      store.waiting(ALICE, 1),
    ]);
    expect(store1).toMatchObject({ status: 'rejected', reason: { code: 'disk-full' } });
    expect(taken).toMatchObject({ status: 'fulfilled', value: [{ id: stored[0]!.id }] });
    expect(acknowledged.status).toBe('fulfilled');
    expect(store2.status).toBe('rejected');
    expect(waiting).toEqual({ status: 'fulfilled', value: stored.length - 1 });
    expect(await store.waiting(BOB, 1)).toBe(0);
  });

  test('STORE-12, STORE-20: a token is not used up by an envelope that found no room', async () => {
    await store.setAccess(ALICE, ACCESS, [TOKEN]);
    await fill(store);
    const item = envelope('with token', { tokenHash: TOKEN, lane: 'stranger', body: filled(40_000, 2) });
    await expect(store.store([item])).rejects.toMatchObject({ code: 'disk-full' });
    expect(await store.tokenIsValid(ALICE, TOKEN)).toBe(true);
  });
});
