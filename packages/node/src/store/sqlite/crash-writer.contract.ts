/**
 * Stores and acknowledges until it is killed, and says in the file `said` what was promised. Arguments: data
 * directory, round. Lines: `store N` before, `stored N` after; `acknowledge N` before, `acknowledged N` after.
 */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ALICE, envelope, filled } from '../contract/samples.ts';
import { DEFAULT_STORE_LIMITS } from '../store-limits.ts';
import { openSqliteStore } from './sqlite-store.ts';

const [dataDir, round] = process.argv.slice(2) as [string, string];
const pace = { generation: 50, rowsPerCommit: 7, rowsPerEnvelope: 3, removals: 5 };
const store = await openSqliteStore({ dataDir, limits: DEFAULT_STORE_LIMITS, maxFileBytes: null, pace });
const said = openSync(join(dataDir, 'said'), 'w');
const say = (verb: string, numbers: readonly number[]): void => {
  writeSync(said, numbers.map((n) => `${verb} ${round}-${n}\n`).join(''));
};
const itemOf = (n: number) => envelope(`${round}-${n}`, { body: filled(100 + (n % 9) * 700, n) });

let next = 0;
const lane = async (size: number): Promise<never> => {
  for (;;) {
    const numbers = Array.from({ length: size }, () => next++);
    say('store', numbers);
    await store.store(numbers.map(itemOf));
    say('stored', numbers);
    const taken = numbers.filter((n) => n % 3 !== 0);
    say('acknowledge', taken);
    await store.acknowledge([{ mailbox: ALICE, device: 1, ids: taken.map((n) => itemOf(n).id) }]);
    say('acknowledged', taken);
  }
};
await Promise.all([lane(1), lane(5), lane(17)]);
