import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ALICE, BOB, EXPIRES, filled, many } from '../contract/samples.ts';
import { openStore } from '../open-store.ts';
import { partitionOf } from '../partition-of.ts';
import { DEFAULT_STORE_LIMITS } from '../store-limits.ts';
import { databaseFile, migrate } from './database.ts';
import { makeDataDir } from './harness.contract.ts';
import { APPLICATION_ID, MIGRATIONS } from './schema.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await makeDataDir();
});
afterEach(() => rm(dataDir, { recursive: true }));

const open = () => openStore('sqlite', { dataDir, limits: DEFAULT_STORE_LIMITS });

/** Changes the file as another program would. */
function withDatabase(change: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(databaseFile(dataDir));
  change(database);
  database.close();
}

describe('opening', () => {
  test('STORE-21: makes the data directory, and opens again what it closed', async () => {
    dataDir = join(dataDir, 'made', 'on', 'demand');
    await (await open()).close();
    await (await open()).close();
    expect(await readdir(dataDir)).toEqual(['store.db']);
  });

  test('STORE-21: a file that is not a database is named and left alone', async () => {
    const text = 'not a database, but long enough to be looked at\n'.repeat(300);
    await writeFile(databaseFile(dataDir), text);
    await expect(open()).rejects.toMatchObject({
      code: 'damaged',
      retry: false,
      message: expect.stringContaining(databaseFile(dataDir)),
    });
    expect(await readFile(databaseFile(dataDir), 'utf8')).toBe(text);
  });

  test('STORE-21: a database cut short is named', async () => {
    await (await open()).close();
    await truncate(databaseFile(dataDir), 3 * 8_192);
    await expect(open()).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringContaining(databaseFile(dataDir)),
    });
  });

  test('STORE-21: the database of another program is named and left alone', async () => {
    withDatabase((database) => database.exec('CREATE TABLE theirs (a)'));
    await expect(open()).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringContaining('another program'),
    });
    withDatabase((database) => expect(database.prepare('SELECT name FROM sqlite_schema').all()).toHaveLength(1));
  });

  test('STORE-21: a newer schema is refused with both versions', async () => {
    await (await open()).close();
    withDatabase((database) => database.exec('PRAGMA user_version=99'));
    await expect(open()).rejects.toMatchObject({
      code: 'newer',
      message: expect.stringMatching(/store\.db.*schema 99; this one knows 4/),
    });
  });

  test('STORE-21: a place where no file can be', async () => {
    await writeFile(join(dataDir, 'file'), '');
    dataDir = join(dataDir, 'file', 'below');
    await expect(open()).rejects.toMatchObject({ code: 'failed', message: expect.stringContaining(dataDir) });
    dataDir = join(dataDir, '..', '..');
    await mkdir(databaseFile(dataDir));
    await expect(open()).rejects.toMatchObject({ code: 'failed' });
  });

  test('STORE-21: migrations go forward one by one, and all or none', () => {
    const database = new DatabaseSync(':memory:');
    const steps = ['CREATE TABLE a (x)', 'CREATE TABLE b (x)', 'INSERT INTO b VALUES (1)'];
    migrate(database, 'f', steps.slice(0, 1));
    migrate(database, 'f', steps);
    migrate(database, 'f', steps);
    expect(database.prepare('SELECT count(*) AS n FROM b').get()).toEqual({ n: 1 });
    expect(() => migrate(database, 'f', [...steps, 'CREATE TABLE c (x); CREATE TABLE b (x)'])).toThrow(
      'already exists',
    );
    database.exec('ROLLBACK');
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 3 });
    expect(database.prepare(`SELECT name FROM sqlite_schema WHERE name = 'c'`).all()).toEqual([]);
    expect(database.prepare('PRAGMA application_id').get()).toEqual({ application_id: APPLICATION_ID });
    database.close();
  });
});

describe('older schemas', () => {
  test('STORE-21, STORE-26: mailboxes of a file that knew no partitions get theirs', async () => {
    withDatabase((database) => {
      migrate(database, 'f', MIGRATIONS.slice(0, 2));
      const insert = database.prepare('INSERT INTO mailbox (account, device) VALUES (?, ?)');
      for (const account of [ALICE, BOB]) insert.run(account, 1);
      const [item] = many(1, 'old', { mailbox: BOB });
      database.prepare('INSERT INTO envelope VALUES (7, 2, 0, ?, ?, ?)').run(item!.expires, item!.id, item!.body);
      database.exec(`UPDATE state SET value = 100 WHERE name = 'next_sequence'`);
    });
    const store = await open();
    expect(await store.partitions()).toEqual([{ partition: partitionOf(BOB), envelopes: 1 }]);
    const [held] = await store.inventory(partitionOf(BOB), 0, 10);
    expect(held).toMatchObject({ sequence: 7, mailbox: BOB, device: 1, lane: 'contact' });
    await store.close();
  });
});

describe('one owner', () => {
  const script = `
    const { openStore, DEFAULT_STORE_LIMITS } = await import(${JSON.stringify(new URL('../../index.ts', import.meta.url).href)});
    await openStore('sqlite', { dataDir: process.argv[1], limits: DEFAULT_STORE_LIMITS }).then(
      async (store) => { console.log('opened'); await store.close(); },
      (error) => console.log(error.code, error.message),
    );`;
  const openElsewhere = async (): Promise<string> => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, dataDir]);
    return stdout.trim();
  };

  test('STORE-22: a second process is refused while the first is open, and not after', async () => {
    const store = await open();
    expect(await openElsewhere()).toMatch(/^in-use .*store\.db is in use by another process/);
    await expect(open()).rejects.toMatchObject({ code: 'in-use', retry: true });
    await store.close();
    expect(await openElsewhere()).toBe('opened');
  });
});

describe('what is on the disk', () => {
  const SECRET = Buffer.from('the body that shall not stay');
  const isOnDisk = async (): Promise<boolean> => {
    const names = await readdir(dataDir);
    const files = await Promise.all(names.map((name) => readFile(join(dataDir, name))));
    return files.some((file) => file.includes(SECRET));
  };

  test('STORE-24: after acknowledgement and the next expire the body is in no file', async () => {
    const store = await open();
    const items = many(40, 'e', { body: new Uint8Array(Buffer.concat([filled(3_000, 1), SECRET])) });
    await store.store(items);
    expect(await isOnDisk()).toBe(true);
    await store.expire(0);
    expect(await isOnDisk()).toBe(true);
    await store.acknowledge([{ mailbox: ALICE, device: 1, ids: items.map(({ id }) => id) }]);
    await store.expire(0);
    expect(await isOnDisk()).toBe(false);
    await store.close();
  });

  test('STORE-24: after expiry the body is in no file', async () => {
    const store = await open();
    await store.store(many(3, 'e', { body: new Uint8Array(Buffer.concat([filled(20_000, 1), SECRET])) }));
    await store.expire(EXPIRES);
    expect(await isOnDisk()).toBe(false);
    await store.close();
  });

  test('STORE-23: the tables hold these columns and no others', () => {
    const database = new DatabaseSync(':memory:');
    migrate(database, 'f', MIGRATIONS);
    const columns = database
      .prepare(
        `SELECT m.name || ': ' || group_concat(c.name, ' ') AS line
         FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' GROUP BY m.name ORDER BY m.name`,
      )
      .all()
      .map(({ line }) => line);
    expect(columns).toEqual([
      'account: account list_revision list devices capability_hash previous_hash previous_until signed signed_at signed_device',
      'device_keys: account device registration_id signed_prekey last_resort_kyber seal_key',
      'device_state: account device value',
      'envelope: sequence mailbox lane expires id body',
      'known: expires id sequence',
      'mailbox: number account device partition',
      'one_time: number account device kyber id key',
      'state: name value',
      'taken: number sequence expires id',
      'taken_elsewhere: mailbox id expires',
      'token: account hash spent',
      'waiting: mailbox sequence expires lane bytes id',
    ]);
    database.close();
  });
});
