import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';
import type { Message } from '@sotto/engine/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Person, Playground, type NodeProcess } from './processes.ts';
import { RpcProcess } from './rpc-process.ts';
import { ByteSearch, filesIn } from './search-bytes.ts';

/** What is on the disks of two people and their node after something was taken back, disappeared, and was locked away. */
const TAKEN_BACK = 'the violets are under the third stone';
const VANISHING = 'burn this letter by lamplight';
const KEPT = 'an ordinary sentence that stays';
const REACTION = '🪻';
const KEY_BYTES = 32;
const PASSPHRASE = 'correct horse battery';

let playground: Playground;
let node: NodeProcess;
let alice: Talker;
let bob: Talker;
/** Rows as they were while the words were still there: file, table and the bytes of each sealed value. */
const before = new Map<string, Map<string, Uint8Array>>();
/** The database keys, before they were locked away. */
const keys: Uint8Array[] = [];
const phrases: string[] = [];

/** Somebody with a running engine. */
class Talker extends Person {
  readonly rpc: RpcProcess;
  address = '';

  private constructor(name: string) {
    super(playground, name);
    this.rpc = new RpcProcess(playground, this.profile);
  }

  static async start(name: string): Promise<Talker> {
    const person = new Talker(name);
    const [me] = await person.ok('init', '--name', name, '--node', node.url);
    phrases.push(String(me?.['phrase']));
    person.address = String(me?.['address']);
    person.rpc.start();
    return person;
  }

  history(other: Talker): Promise<Message[]> {
    return this.rpc.history(other.address);
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(50);
}

/** Every stored byte string of some length, by where it stands. The profile is not in use. */
function valuesIn(path: string): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  const opened = new DatabaseSync(path, { readOnly: true });
  const tables = opened.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all() as { name: string }[];
  for (const { name } of tables) {
    for (const [at, row] of opened.prepare(`SELECT * FROM "${name}"`).all().entries()) {
      for (const [column, value] of Object.entries(row)) {
        if (value instanceof Uint8Array && value.length >= KEY_BYTES) found.set(`${name}.${column}.${at}`, value);
      }
    }
  }
  opened.close();
  return found;
}

beforeAll(async () => {
  playground = await Playground.create();
  node = await playground.node('node');
  [alice, bob] = (await Promise.all(['Alice', 'Bob'].map((name) => Talker.start(name)))) as [Talker, Talker];
  const { invite } = await alice.rpc.call('whoami', {});
  await bob.rpc.call('send', { to: invite, text: 'hello', wait: 'stored' });
  await until(async () => (await alice.rpc.call('contacts', { status: 'request' })).length === 1);
  await alice.rpc.call('updateContact', { address: bob.address, status: 'accepted' });
  await alice.rpc.call('send', { to: bob.address, text: KEPT });
  const { id } = await alice.rpc.call('send', { to: bob.address, text: TAKEN_BACK });
  await until(async () => (await bob.history(alice)).length === 3);
  await bob.rpc.call('react', { id, emoji: REACTION });
  await alice.rpc.call('setTimer', { conversation: bob.address, seconds: 1 });
  const { id: vanishing } = await alice.rpc.call('send', { to: bob.address, text: VANISHING });
  await until(async () => (await bob.history(alice)).some((message) => message.id === vanishing));
  // Neither runs: the words are on both disks, Bob has not read the last ones.
  await Promise.all([alice.rpc.stop(), bob.rpc.stop()]);
  for (const person of [alice, bob]) before.set(person.name, valuesIn(`${person.profile}/sotto.db`));
  for (const person of [alice, bob]) person.rpc.start();
  await alice.rpc.call('delete', { id });
  const upTo = (await bob.history(alice)).at(-1)!.position;
  await bob.rpc.call('markRead', { conversation: alice.address, upTo });
  for (const [person, other] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    await until(async () => {
      const history = JSON.stringify(await person.history(other));
      return ![TAKEN_BACK, VANISHING, REACTION].some((gone) => history.includes(gone));
    });
  }
}, 120_000);
afterAll(async () => {
  await playground?.dispose();
});

describe('what was taken back or has disappeared', () => {
  it('is in no history and found by no search; the rest is', async () => {
    for (const [person, other] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      const history = JSON.stringify(await person.history(other));
      expect(history).toContain(KEPT);
      for (const gone of [TAKEN_BACK, VANISHING, REACTION]) expect(history).not.toContain(gone);
      for (const [word, count] of [
        ['violets', 0],
        ['lamplight', 0],
        ['ordinary', 1],
      ] as const) {
        expect((await person.rpc.call('search', { text: word })).messages).toHaveLength(count);
      }
    }
  });

  it('TM-18, TM-20: no file has words, names, addresses, the recovery phrase or the key; nor has the node', async () => {
    await Promise.all([alice.rpc.stop(), bob.rpc.stop()]);
    writeFileSync(playground.path('secret'), PASSPHRASE);
    for (const person of [alice, bob]) {
      keys.push(Uint8Array.from(filesIn(person.profile, ['sotto.db', 'owner.lock']).subarray(-KEY_BYTES)));
      expect(filesIn(person.profile).includes(keys.at(-1)!)).toBe(true);
      await person.ok('lock', 'passphrase', '--new-passphrase-file', playground.path('secret'));
    }
    const search = new ByteSearch<string>();
    for (const text of [TAKEN_BACK, VANISHING, KEPT, REACTION, PASSPHRASE, ...phrases]) search.addText(text, text);
    for (const person of [alice, bob]) search.addText(person.name, `"name":"${person.name}"`);
    for (const [at, key] of keys.entries()) search.addWritten(`database key ${at}`, key);
    expect(search.in(Buffer.from(`x ${KEPT} y`))).toEqual([KEPT]);
    for (const folder of [alice.profile, bob.profile, playground.path('node')])
      expect(search.in(filesIn(folder))).toEqual([]);
    search.addText('address', bob.address);
    expect(search.in(filesIn(alice.profile))).toEqual([]);
  });

  it('the sealed rows that held it are in no file any more, whoever has the key', () => {
    for (const person of [alice, bob]) {
      const now = [...valuesIn(`${person.profile}/sotto.db`).values()].map((value) =>
        Buffer.from(value).toString('hex'),
      );
      const current = new Set(now);
      const search = new ByteSearch<string>();
      for (const [where, value] of before.get(person.name)!) {
        if (!current.has(Buffer.from(value).toString('hex'))) search.add(where, value);
      }
      expect(search.in(Buffer.concat([...before.get(person.name)!.values()])).length).toBeGreaterThan(3);
      expect(search.in(filesIn(person.profile)), person.name).toEqual([]);
    }
  });
});
