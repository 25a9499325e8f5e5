import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ALICE, envelope, hash32, many } from '../contract/samples.ts';
import { type RelayStore, type StoreItem } from '../relay-store.ts';
import { postgresMissing, storeServer } from './harness.contract.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const QUICK = { connectMs: 1_000, lockMs: 1_000, answerMs: 3_000 };

/** Stores and acknowledges until told to stop; notes what was promised. */
class Load {
  readonly stored = new Map<string, StoreItem>();
  readonly asked = new Set<string>();
  readonly acknowledged = new Set<string>();
  readonly failures: unknown[] = [];
  readonly #store: RelayStore;
  #stopping = false;
  #lanes: Promise<void>[] = [];

  constructor(store: RelayStore, lanes: number) {
    this.#store = store;
    this.#lanes = Array.from({ length: lanes }, (_, lane) => this.#run(lane));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#lanes);
  }

  async #run(lane: number): Promise<void> {
    const mailbox = hash32(`load ${lane}`);
    for (let n = 0; !this.#stopping; n++) {
      const items = many(6, `l${lane}-${n}-`, { mailbox });
      try {
        const outcomes = await this.#store.store(items);
        for (const [at, outcome] of outcomes.entries()) {
          // Stored by an attempt whose answer was lost: promised all the same.
          if (outcome === 'stored' || outcome === 'duplicate') this.stored.set(hex(items[at]!.id), items[at]!);
        }
        const ids = items.slice(0, 2).map(({ id }) => id);
        for (const id of ids) this.asked.add(hex(id));
        await this.#store.acknowledge([{ mailbox, device: 1, ids }]);
        for (const id of ids) this.acknowledged.add(hex(id));
      } catch (error) {
        this.failures.push(error);
        await sleep(20);
      }
    }
  }
}

async function expectKept(store: RelayStore, load: Load, lanes: number): Promise<void> {
  const found = new Set<string>();
  for (let lane = 0; lane < lanes; lane++) {
    const mailbox = hash32(`load ${lane}`);
    for (let after = 0; ;) {
      const page = await store.take(mailbox, 1, after, 200);
      if (page.length === 0) break;
      for (const { id } of page) {
        expect(found.has(hex(id))).toBe(false);
        found.add(hex(id));
      }
      after = page.at(-1)!.sequence;
    }
  }
  expect([...load.stored.keys()].filter((id) => !found.has(id) && !load.asked.has(id))).toEqual([]);
  expect([...load.acknowledged].filter((id) => found.has(id))).toEqual([]);
  const copies = [...load.acknowledged].slice(-20).map((id) => load.stored.get(id)!);
  expect(await store.store(copies)).toEqual(copies.map(() => 'acknowledged'));
}

describe.skipIf(postgresMissing)('a PostgreSQL that dies', () => {
  const server = storeServer();

  test('OPS-1, OPS-7: killed under load it loses nothing that was promised; the store says away and comes back by itself', async () => {
    const database = await server().database();
    const store = await server().open(database, { pace: QUICK });
    const load = new Load(store, 4);
    for (let round = 0; round < 3; round++) {
      await sleep(400);
      await server().server.kill();
      // All that was answered before it died is counted by now: what comes on top of it was stored by the new one.
      await sleep(200);
      const before = load.stored.size;
      await expect(store.take(ALICE, 1, 0, 1)).rejects.toMatchObject({ code: 'away', retry: true });
      await server().server.resume();
      await expect.poll(() => load.stored.size, { timeout: 60_000 }).toBeGreaterThan(before);
    }
    await load.stop();
    expect(load.failures.length).toBeGreaterThan(0);
    for (const failure of load.failures) expect(failure).toMatchObject({ code: 'away', retry: true });
    // Reads have connections of their own, which come back by themselves.
    await expect.poll(() => store.waiting(ALICE, 1).catch(() => -1), { timeout: 60_000 }).toBe(0);
    await expectKept(store, load, 4);
    await store.close();
  });

  test('OPS-7: a database that is not there is told by where it is, without the password; close does not wait for it', async () => {
    const database = await server().database();
    const store = await server().open(database, { pace: QUICK });
    await server().server.stop('immediate');
    const opening = server().open(database, { pace: QUICK });
    await expect(opening).rejects.toMatchObject({ code: 'away', retry: true });
    await expect(opening).rejects.toThrow(/127\.0\.0\.1/);
    await expect(opening).rejects.not.toThrow(/secret/);
    await expect(store.store([envelope('a')])).rejects.toMatchObject({ code: 'away' });
    await store.close();
    await server().server.resume();
    const again = await server().open(database);
    expect(await again.store([envelope('a')])).toEqual(['stored']);
    await again.close();
  });

  test('OPS-7: one that stands still makes callers wait no longer than agreed, and what it did then counts', async () => {
    const database = await server().database();
    const store = await server().open(database, { pace: QUICK });
    await store.store([envelope('before')]);
    server().server.freeze();
    await expect(store.store([envelope('a')])).rejects.toMatchObject({ code: 'away', retry: true });
    server().server.thaw();
    let outcome = '';
    for (let wait = 0; outcome === '' && wait < 100; wait++) {
      outcome = await store.store([envelope('a')]).then(
        ([first]) => first!,
        () => '',
      );
      if (outcome === '') await sleep(50);
    }
    expect(['stored', 'duplicate']).toContain(outcome);
    expect(await store.waiting(ALICE, 1)).toBe(2);
    await store.close();
  });
});
