/**
 * Stores and acknowledges one envelope after another, and announces each promise when it is kept. Arguments: data
 * directory, `store` or `careless`: the second one writes to a log that is not flushed with each commit, as a proof
 * that the check of STORE-19 sees it.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ALICE, envelope } from '../contract/samples.ts';
import { openStore } from '../open-store.ts';
import { DEFAULT_STORE_LIMITS } from '../store-limits.ts';

const COUNT = 12;
const [dataDir, how] = process.argv.slice(2) as [string, string];
const announce = (n: number): number => writeSync(1, `kept ${n}\n`);

if (how === 'careless') {
  const database = new DatabaseSync(join(dataDir, 'store.db'));
  database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; CREATE TABLE t (a)');
  for (let n = 0; n < COUNT; n++) {
    database.exec(`INSERT INTO t VALUES (${n})`);
    announce(n);
  }
} else {
  const store = await openStore('sqlite', { dataDir, limits: DEFAULT_STORE_LIMITS });
  for (let n = 0; n < COUNT; n += 2) {
    const item = envelope(String(n));
    await store.store([item]);
    announce(n);
    await store.acknowledge([{ mailbox: ALICE, device: 1, ids: [item.id] }]);
    announce(n + 1);
  }
  await store.close();
}
