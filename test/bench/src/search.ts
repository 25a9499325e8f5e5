// Full-text search over a long history: from unlocking the profile until it answers, and until all of it is searched.
// Run: node test/bench/src/search.ts [MESSAGES]
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { createIdentity, openEngine } from '@sotto/engine';
import { profilePaths } from '../../../packages/engine/src/platform/node/profile-directory.ts';
import { unlockDatabaseKey } from '../../../packages/engine/src/platform/node/keys/database-key.ts';
import { changeLock } from '@sotto/engine/platform/node/lock';
import { openProfile } from '@sotto/engine/platform/node/profile';
import { Contacts } from '../../../packages/engine/src/contacts/contacts.ts';
import { EventStream } from '../../../packages/engine/src/event-stream.ts';
import { History } from '../../../packages/engine/src/history/history.ts';
import { Database } from '../../../packages/engine/src/store/database.ts';
import { sentence } from './words.ts';

const MESSAGES = Number(process.argv[2] ?? 100_000);
const STARTS = 5;
const passphrase = new TextEncoder().encode('a passphrase of the bench');
const directory = await mkdtemp(join(tmpdir(), 'sotto-search-'));

try {
  await write();
  await report('first start, index made from the history', 1);
  await report('later starts, restored from snapshots', STARTS);
  await changeLock(directory, null, () => Promise.resolve({ way: 'passphrase', passphrase: passphrase.slice() }));
  await report('the same, profile locked with a passphrase', STARTS);
  const { size } = await stat(join(directory, 'sotto.db'));
  console.log(`database ${(size / 2 ** 20).toFixed(0)} MB`);
} finally {
  await rm(directory, { recursive: true, force: true });
}

/** Sentences of 4 to 23 words, rare ones rarer (Zipf), among 40 contacts. */
async function write(): Promise<void> {
  const profile = openProfile(directory);
  await createIdentity(profile.platform, { name: 'Bench', node: 'ws://127.0.0.1:9' });
  const database = new Database(profile.platform);
  const events = new EventStream(database);
  const contacts = new Contacts(database, nodePrimitives, events);
  const history = new History(database, contacts, events, { address: 'me', name: () => 'Me' });
  const people = Array.from({ length: 40 }, () => contacts.add(systemRandom(32), 'accepted'));
  for (let from = 0; from < MESSAGES; from += 1000) {
    database.transaction(() => {
      for (let i = from; i < from + 1000; i++) {
        const record = { text: sentence(i), sentAt: i, receivedAt: i };
        const message = { contentId: systemRandom(16), outgoing: false, unread: false, device: 1, order: 0, record };
        history.insert(people[i % people.length]!, { ...message, state: 'read' });
      }
    });
  }
  profile.close();
}

async function report(title: string, starts: number): Promise<void> {
  const runs: { answers: number; complete: number; longestTurn: number }[] = [];
  for (let i = 0; i < starts; i++) runs.push(await start());
  const middle = (of: (run: (typeof runs)[number]) => number): string =>
    (runs.map(of).toSorted((a, b) => a - b)[starts >> 1] ?? 0).toFixed(0);
  const figures = `first answer ${middle((run) => run.answers)} ms, all ${MESSAGES.toLocaleString('en')} searched ${middle((run) => run.complete)} ms`;
  console.log(`${title}: ${figures}, longest turn ${middle((run) => run.longestTurn)} ms`);
}

async function start(): Promise<{ answers: number; complete: number; longestTurn: number }> {
  const begun = performance.now();
  const key = await unlockDatabaseKey(profilePaths(directory), () => Promise.resolve(passphrase.slice()));
  const profile = openProfile(directory, key);
  const engine = await openEngine(profile.platform);
  await engine.search({ text: 'a', limit: 20 });
  const answers = performance.now() - begun;
  let longestTurn = 0;
  for (let last = performance.now(); ;) {
    const { indexed, total } = await engine.search({ text: 'zz', limit: 1 });
    if (indexed === total) break;
    const before = performance.now();
    longestTurn = Math.max(longestTurn, before - last);
    await new Promise((resolve) => setImmediate(resolve));
    last = before;
  }
  const complete = performance.now() - begun;
  await engine.close();
  profile.close();
  return { answers, complete, longestTurn };
}
