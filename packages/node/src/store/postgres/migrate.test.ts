import { describe, expect, test } from 'vitest';
import { ALICE, envelope, hash32, many } from '../contract/samples.ts';
import { postgresMissing, storeServer } from './harness.contract.ts';
import { MIGRATIONS, type Migration } from './schema.ts';

const LAST = MIGRATIONS.length;
const step = (version: number, oldestProgram: number, sql: string): Migration => ({ version, oldestProgram, sql });
/** The next version adds; the one after it takes away what only this version needs. */
const EXPAND = step(LAST + 1, LAST, `ALTER TABLE envelope ADD COLUMN note text; CREATE TABLE added (n integer)`);
const CONTRACT = step(LAST + 2, LAST + 1, 'ALTER TABLE queue DROP COLUMN elsewhere');

describe.skipIf(postgresMissing)('migrations', () => {
  const server = storeServer();

  async function empty(name: string): Promise<string> {
    await server().server.query(`CREATE DATABASE ${name}`);
    return name;
  }

  test('OPS-10: several edges that find an empty database at once set it up once', async () => {
    const database = await empty('fresh');
    const stores = await Promise.all([1, 2, 3].map(() => server().open(database)));
    expect((await Promise.all(stores.map((store, n) => store.store([envelope(`${n}`)])))).flat()).toEqual([
      'stored',
      'stored',
      'stored',
    ]);
    await Promise.all(stores.map((store) => store.close()));
    const rows = await server().server.query('SELECT version FROM sotto.schema_version ORDER BY version', database);
    expect(rows.map(({ version }) => version as number)).toEqual(MIGRATIONS.map(({ version }) => version));
  });

  test('OPS-10, OPS-11: a newer version expands the schema over data while an older edge goes on reading and writing', async () => {
    const database = await server().database();
    const older = await server().open(database);
    await older.store(many(20, 'before'));
    const state = { running: true };
    const busy = (async () => {
      for (let n = 0; state.running; n++) {
        expect(await older.store([envelope(`during${n}`)])).toEqual(['stored']);
        await older.acknowledge([{ mailbox: ALICE, device: 1, ids: [envelope(`during${n}`).id] }]);
      }
    })();
    const newer = await server().open(database, { migrations: [...MIGRATIONS, EXPAND] });
    state.running = false;
    await busy;
    expect(await newer.waiting(ALICE, 1)).toBe(20);
    expect(await newer.store([envelope('by newer'), envelope('before0')])).toEqual(['stored', 'duplicate']);
    expect(await older.store([envelope('by older'), envelope('by newer')])).toEqual(['stored', 'duplicate']);
    expect(await newer.waiting(ALICE, 1)).toBe(22);
    // A day without partition yet: made by the older one in the newer schema.
    const far = { mailbox: hash32('far'), expires: 9_000_000 };
    expect(await older.store([envelope('far', far)])).toEqual(['stored']);
    await older.setAccess(ALICE, { capabilityHash: hash32('c'), previousHash: null, previousUntil: 0 }, []);
    // An older edge that starts, too.
    const late = await server().open(database);
    expect(await late.waiting(ALICE, 1)).toBe(22);
    await Promise.all([older, newer, late].map((store) => store.close()));
  });

  test('OPS-11: a schema that no longer serves this version is refused by a text that says so, and left alone', async () => {
    const database = await empty('ahead');
    const ahead = [...MIGRATIONS, EXPAND, CONTRACT];
    const newest = await server().open(database, { migrations: ahead });
    await newest.close();
    const opening = server().open(database);
    await expect(opening).rejects.toMatchObject({ code: 'newer', retry: false });
    await expect(opening).rejects.toThrow(
      new RegExp(`schema ${LAST + 2}; this one knows ${LAST} and ${LAST + 1} is the oldest.*run that version`),
    );
    const next = await server().open(database, { migrations: [...MIGRATIONS, EXPAND] });
    await next.close();
  });

  test('OPS-10: a step that fails leaves the version and the tables as they were', async () => {
    const database = await server().database();
    const broken = step(LAST + 1, LAST, 'CREATE TABLE half (n integer); SELECT 1 / 0');
    await expect(server().open(database, { migrations: [...MIGRATIONS, broken] })).rejects.toMatchObject({
      code: 'failed',
    });
    const [half] = await server().server.query(`SELECT to_regclass('sotto.half') IS NULL AS gone`, database);
    expect(half).toEqual({ gone: true });
    const store = await server().open(database);
    expect(await store.store([envelope('a')])).toEqual(['stored']);
    await store.close();
  });

  test('OPS-12: a schema of another program, a server without fsync, a wrong password or database are refused by texts', async () => {
    const database = await empty('wine_shop');
    await server().server.query('CREATE SCHEMA sotto; CREATE TABLE sotto.wine (n integer)', database);
    await expect(server().open(database)).rejects.toMatchObject({ code: 'damaged' });
    await expect(server().open('nowhere')).rejects.toThrow(/no such database; create it first/);
    const plain = await empty('plain');
    await server().server.query('CREATE ROLE poor LOGIN');
    const url = server().server.url(plain, 'poor');
    const poor = server().open(plain, { url });
    await expect(poor).rejects.toThrow(/may not create a schema/);
    await expect(poor).rejects.not.toThrow(/secret/);
    await server().server.query(`GRANT CREATE ON DATABASE plain TO poor`);
    await expect(server().open(plain, { url, durability: 'standby' })).rejects.toThrow(/GRANT pg_read_all_stats/);
    await server().server.configure({ fsync: 'off' });
    await server().server.reload();
    await server().server.until(`SELECT current_setting('fsync') = 'off'`);
    await expect(server().open(plain, { url })).rejects.toThrow(/fsync is off there/);
    await server().server.configure({ fsync: 'on' });
    await server().server.reload();
  });
});
