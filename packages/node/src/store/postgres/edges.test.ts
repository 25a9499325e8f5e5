import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { ALICE, BOB, envelope, filled, hash32, many } from '../contract/samples.ts';
import { partitionOf } from '../partition-of.ts';
import { type DeviceKeys, type QueuedEnvelope, type RelayStore, type StoreItem } from '../relay-store.ts';
import { postgresMissing, storeServer } from './harness.contract.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The same each time, so that a failure comes again. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function shuffled<T>(items: readonly T[], roll: (below: number) => number): T[] {
  const left = [...items];
  return items.map(() => left.splice(roll(left.length), 1)[0]!);
}

async function takeAll(store: RelayStore, mailbox: Uint8Array, after = 0): Promise<QueuedEnvelope[]> {
  const all: QueuedEnvelope[] = [];
  for (;;) {
    const page = await store.take(mailbox, 1, all.at(-1)?.sequence ?? after, 50);
    if (page.length === 0) return all;
    all.push(...page);
  }
}

const KEYS: DeviceKeys = {
  registrationId: 1,
  signedPrekey: filled(103, 1),
  lastResortKyber: filled(1_642, 2),
  sealKey: filled(1_300, 3),
};

describe.skipIf(postgresMissing)('several edges over one database', () => {
  const server = storeServer();

  async function edges(count: number): Promise<RelayStore[]> {
    const database = await server().database();
    return Promise.all(Array.from({ length: count }, () => server().open(database)));
  }

  test('OPS-2: whoever reads after a cursor while several edges store misses nothing', async () => {
    const [reader, ...writers] = (await edges(4)) as [RelayStore, ...RelayStore[]];
    const state = { writing: true };
    const seen: QueuedEnvelope[] = [];
    const reading = (async () => {
      while (state.writing) seen.push(...(await takeAll(reader, ALICE, seen.at(-1)?.sequence ?? 0)));
      seen.push(...(await takeAll(reader, ALICE, seen.at(-1)?.sequence ?? 0)));
    })();
    const wanted: string[] = [];
    await Promise.all(
      writers.map(async (writer, at) => {
        for (let n = 0; n < 12; n++) {
          const items = many(1 + (n % 4), `w${at}-${n}-`);
          expect(await writer.store(items)).toEqual(items.map(() => 'stored'));
          wanted.push(...items.map(({ id }) => hex(id)));
        }
      }),
    );
    state.writing = false;
    await reading;
    expect(seen.map(({ id }) => hex(id)).toSorted()).toEqual(wanted.toSorted());
    const sequences = seen.map(({ sequence }) => sequence);
    expect(sequences).toEqual([...new Set(sequences)].toSorted((a, b) => a - b));
    expect(await reader.heads([{ mailbox: ALICE, device: 1 }])).toEqual([sequences.at(-1)]);
    await Promise.all([reader, ...writers].map((store) => store.close()));
  });

  test('OPS-2, STORE-27: a partition that is listed while several edges store to its mailboxes is listed whole', async () => {
    const [reader, ...writers] = (await edges(3)) as [RelayStore, ...RelayStore[]];
    const state = { writing: true };
    const seen: string[] = [];
    let after = 0;
    const look = async (): Promise<void> => {
      const page = await reader.inventory(partitionOf(ALICE), after, 20);
      seen.push(...page.map(({ id }) => hex(id)));
      after = page.at(-1)?.sequence ?? after;
      if (page.length === 20) await look();
    };
    const reading = (async () => {
      while (state.writing) await look();
      await look();
    })();
    const wanted: string[] = [];
    await Promise.all(
      writers.map(async (writer, at) => {
        for (let n = 0; n < 10; n++) {
          // Two queues of one partition, which no lock of a row keeps apart.
          const items = [envelope(`a${at}-${n}`, { device: 1 + at }), envelope(`b${at}-${n}`, { device: 1 + at })];
          await writer.store(items);
          wanted.push(...items.map(({ id }) => hex(id)));
        }
      }),
    );
    state.writing = false;
    await reading;
    expect(seen.toSorted()).toEqual(wanted.toSorted());
    await Promise.all([reader, ...writers].map((store) => store.close()));
  });

  test('OPS-3: batches that name the same queues in any order wait in no circle, and counters stay exact', async () => {
    const stores = await edges(4);
    const mailboxes = Array.from({ length: 12 }, (_, n) => hash32(`box ${n}`));
    const roll = dice(7);
    let stored = 0;
    await Promise.all(
      stores.map(async (store, edge) => {
        for (let round = 0; round < 8; round++) {
          const items = shuffled(mailboxes, roll).flatMap((mailbox, n) =>
            many(1 + (n % 2), `e${edge}r${round}n${n}-`, { mailbox }),
          );
          const outcomes = await store.store(items);
          expect(outcomes).toEqual(items.map(() => 'stored'));
          stored += items.length;
          const gone = shuffled(items, roll).slice(0, 9);
          await store.acknowledge(gone.map(({ mailbox, id }) => ({ mailbox, device: 1, ids: [id] })));
          stored -= gone.length;
        }
      }),
    );
    const counts = await Promise.all(mailboxes.map((mailbox) => stores[0]!.waiting(mailbox, 1)));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(stored);
    const held = await Promise.all(mailboxes.map((mailbox) => takeAll(stores[1]!, mailbox)));
    expect(held.map(({ length }) => length)).toEqual(counts);
    await Promise.all(stores.map((store) => store.close()));
  });

  test('OPS-2: one envelope that comes by several edges at once is kept once, a token lets in one', async () => {
    const stores = await edges(4);
    const item = envelope('same');
    const outcomes = (await Promise.all(stores.map((store) => store.store([item])))).flat();
    expect(outcomes.toSorted()).toEqual(['duplicate', 'duplicate', 'duplicate', 'stored']);
    const token = hash32('token');
    await stores[0]!.setAccess(BOB, { capabilityHash: hash32('c'), previousHash: null, previousUntil: 0 }, [token]);
    const senders: StoreItem[] = stores.map((_, n) =>
      envelope(`t${n}`, { mailbox: BOB, device: 1 + n, tokenHash: token }),
    );
    const letIn = (await Promise.all(stores.map((store, n) => store.store([senders[n]!])))).flat();
    expect(letIn.toSorted()).toEqual(['stored', 'token-used', 'token-used', 'token-used']);
    await Promise.all(stores.map((store) => store.close()));
  });

  test('OPS-4: no one-time key is given out by two edges, and none is lost between them', async () => {
    const stores = await edges(4);
    const oneTime = Array.from({ length: 40 }, (_, id) => ({ id, key: filled(37, id) }));
    await stores[0]!.publishKeys({
      mailbox: ALICE,
      device: 1,
      keys: KEYS,
      oneTime,
      oneTimeKyber: [],
      replaceOneTime: false,
      deviceList: { revision: 1, encoded: filled(300, 1), devices: [1] },
    });
    const claims = await Promise.all(
      Array.from({ length: 40 }, (_, n) => stores[n % 4]!.claimBundles(ALICE, [], true)),
    );
    const given = claims.map(([bundle]) => hex(bundle!.oneTime!));
    expect(new Set(given).size).toBe(40);
    expect(await stores[1]!.keyCounts(ALICE, 1)).toEqual({ oneTime: 0, oneTimeKyber: 0 });
    await Promise.all(stores.map((store) => store.close()));
  });

  test('OPS-6: days that are over are dropped whole, and hold up nobody while somebody reads for long', async () => {
    const database = await server().database();
    const [one, other] = [await server().open(database), await server().open(database)];
    const day = 86_400;
    const early = many(20, 'early', { expires: 100 * day + 5 });
    const late = many(20, 'late', { expires: 103 * day });
    await one.store([...early, ...late]);
    await one.acknowledge([{ mailbox: ALICE, device: 1, ids: early.slice(0, 10).map(({ id }) => id) }]);
    const days = async (): Promise<string[] | null> => {
      const [row] = await server().server.query<{ names: string[] | null }>(
        `SELECT array_agg(relname::text ORDER BY relname) AS names FROM pg_class
         WHERE relkind = 'r' AND relname ~ '^(envelope|tombstone)_10[03]$'`,
        database,
      );
      return row!.names;
    };
    expect(await days()).toEqual(['envelope_100', 'envelope_103', 'tombstone_100', 'tombstone_103']);

    const backup = new pg.Client({ host: '127.0.0.1', port: server().server.port, user: 'postgres', database });
    await backup.connect();
    await backup.query('BEGIN; SELECT count(*) FROM sotto.envelope');
    let gone: number | null = null;
    const expiring = one.expire(101 * day + 60).then((count) => (gone = count));
    await server().server.until(
      `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE state = 'active' AND wait_event_type = 'Lock'
         AND query LIKE 'ALTER TABLE envelope DETACH%')`,
      database,
    );
    // Who waits for a lock that keeps out everybody keeps out everybody from then on.
    const later = many(5, 'later', { expires: 103 * day });
    expect(await other.store(later)).toEqual(later.map(() => 'stored'));
    expect(await takeAll(other, ALICE)).toHaveLength(25);
    await other.acknowledge([{ mailbox: ALICE, device: 1, ids: [later[0]!.id] }]);
    expect(gone).toBeNull();
    await backup.query('COMMIT');
    await backup.end();
    expect(await expiring).toBe(10);
    expect(await other.waiting(ALICE, 1)).toBe(24);

    // Tombstones are kept for a while.
    expect(await days()).toEqual(['envelope_103', 'tombstone_100', 'tombstone_103']);
    await other.expire(200 * day);
    expect(await days()).toBeNull();
    expect(await one.store([late[0]!, early[0]!])).toEqual(['stored', 'stored']);
    await Promise.all([one, other].map((store) => store.close()));
  });
});
