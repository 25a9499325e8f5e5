import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALICE, envelope, many } from '../contract/samples.ts';
import { type RelayStore, type StoreOutcome } from '../relay-store.ts';
import { postgresMissing, StoreServer } from './harness.contract.ts';
import { type PostgresServer } from './testing/postgres-server.ts';

const QUICK = { connectMs: 1_000, lockMs: 1_000, answerMs: 2_500 };
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

async function until(work: () => Promise<StoreOutcome[]>): Promise<StoreOutcome[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 200) throw error;
      await sleep(50);
    }
  }
}

describe.skipIf(postgresMissing)('a synchronous standby', () => {
  let servers: StoreServer;
  let primary: PostgresServer;
  let standby: PostgresServer;
  let database = '';
  const open = (durability: 'disk' | 'standby'): Promise<RelayStore> =>
    servers.open(database, { durability, pace: QUICK });

  beforeAll(async () => {
    servers = await StoreServer.start();
    primary = servers.server;
    database = await servers.database();
    standby = await primary.standby('second');
  });
  afterAll(async () => {
    await primary.dispose();
  });

  test('OPS-8: without one named, --durability standby answers away, and disk goes on', async () => {
    const strict = await open('standby');
    await expect(strict.store([envelope('a')])).rejects.toMatchObject({ code: 'away', retry: true });
    const plain = await open('disk');
    expect(await plain.store([envelope('b')])).toEqual(['stored']);
    await Promise.all([strict.close(), plain.close()]);
  });

  test('OPS-8: what it confirmed is on the standby', async () => {
    await primary.waitFor('second');
    const strict = await open('standby');
    expect(await strict.store(many(5, 'c'))).toEqual(many(5, 'c').map(() => 'stored'));
    // Replayed a moment after it is on the standby's disk.
    await standby.until(`SELECT count(*) >= 5 FROM sotto.envelope WHERE body <> ''`, database);
    await strict.close();
  });

  test('OPS-8, OPS-9: when it dies, no receipt; a wait that is cut short is no receipt either, and the repetition waits again', async () => {
    await primary.waitFor('second');
    const strict = await open('standby');
    expect(await strict.store([envelope('d')])).toEqual(['stored']);
    standby.freeze();
    // It still looks connected: the commit itself waits.
    const cut = strict.store([envelope('e')]);
    // oxlint-disable-next-line vitest/valid-expect -- awaited below, after what cuts it short
    const told = expect(cut).rejects.toMatchObject({ code: 'away', retry: true });
    await primary.until(`SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep')`);
    await primary.query(`SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`);
    await told;
    // It is here, and only here: whoever repeats it must hear nothing better.
    await expect(strict.store([envelope('e')])).rejects.toMatchObject({ code: 'away' });
    standby.thaw();
    expect(await until(() => strict.store([envelope('e')]))).toEqual(['duplicate']);

    await standby.kill();
    await primary.until(`SELECT NOT EXISTS (SELECT FROM pg_stat_replication)`);
    await expect(strict.store([envelope('f')])).rejects.toMatchObject({ code: 'away' });
    await expect(strict.acknowledge([{ mailbox: ALICE, device: 1, ids: [envelope('d').id] }])).rejects.toMatchObject({
      code: 'away',
    });
    // Who reads is not concerned.
    expect((await strict.take(ALICE, 1, 0, 100)).length).toBeGreaterThan(0);
    await standby.resume();
    expect(['stored', 'duplicate']).toContain((await until(() => strict.store([envelope('f')])))[0]);
    await strict.close();
  });

  test('OPS-9: taken out of the settings while a commit waits, it ends the waiting and gives no receipt', async () => {
    await primary.waitFor('second');
    const strict = await open('standby');
    await strict.store([envelope('warm')]);
    standby.freeze();
    const cut = strict.store([envelope('g')]);
    // oxlint-disable-next-line vitest/valid-expect -- awaited below, after what cuts it short
    const told = expect(cut).rejects.toMatchObject({ code: 'away' });
    await primary.until(`SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep')`);
    await primary.configure({ synchronous_standby_names: "''" });
    await primary.reload();
    await told;
    standby.thaw();
    await strict.close();
  });

  test('OPS-1, OPS-8: the primary dies under load and the standby takes over: nothing promised is missing', async () => {
    await primary.waitFor('second');
    const url = `postgres://postgres@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/${database}`;
    const strict = await servers.open(database, { url, durability: 'standby', pace: QUICK });
    const promised = new Set<string>();
    const state = { running: true };
    const lanes = Array.from({ length: 4 }, async (_, lane) => {
      for (let n = 0; state.running; n++) {
        const items = many(5, `p${lane}-${n}-`);
        const outcomes = await strict.store(items).catch(() => null);
        if (outcomes === null) await sleep(20);
        else for (const { id } of items) promised.add(hex(id));
      }
    });
    for (let wait = 0; promised.size <= 20 && wait < 600; wait++) await sleep(50);
    await primary.kill();
    state.running = false;
    await Promise.all(lanes);
    await standby.promote();
    // It has no standby of its own yet: reading goes on, storing must wait for one.
    let found = new Set<string>();
    for (let wait = 0; found.size === 0 && wait < 200; wait++) {
      const page = await strict.take(ALICE, 1, 0, 10_000).catch(() => []);
      found = new Set(page.map(({ id }) => hex(id)));
      if (found.size === 0) await sleep(50);
    }
    expect(promised.size).toBeGreaterThan(20);
    expect([...promised].filter((id) => !found.has(id))).toEqual([]);
    await expect(strict.store([envelope('alone')])).rejects.toMatchObject({ code: 'away' });
    await strict.close();
  });
});
