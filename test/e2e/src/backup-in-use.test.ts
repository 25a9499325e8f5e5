import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Person, Playground, SOTTO, textOf, type NodeProcess } from './processes.ts';
import { RpcProcess } from './rpc-process.ts';

/** Before and during the backup. */
const EACH = 100;
/** A file system of its own, without being root. */
const canMount = spawnSync('unshare', ['-rm', 'true']).status === 0;

let playground: Playground;
let node: NodeProcess;
let alice: Person;
let rpc: RpcProcess;
let to: string;
const passphrase = (): string[] => ['--backup-passphrase-file', playground.path('secret')];

beforeAll(async () => {
  playground = await Playground.create();
  node = await playground.node('node');
  const [a, bob] = await Promise.all(['Alice', 'Bob'].map((name) => Person.create(playground, name, node.url)));
  [alice, to] = [a!, bob!.address];
  writeFileSync(playground.path('secret'), 'correct horse');
  rpc = new RpcProcess(playground, alice.profile);
  rpc.start();
  await rpc.call('add', { to: bob!.invite, name: 'Bob' });
  for (let at = 0; at < EACH; at++) await rpc.call('send', { to, text: `before ${at}` });
}, 120_000);
afterAll(() => playground?.dispose());

describe('a backup of a profile that somebody is writing with', () => {
  it('BAK-5: is one moment of it; nothing of before is missing, and nothing has a hole', async () => {
    const file = playground.path('a.backup');
    const ended = new AbortController();
    const writing = (async () => {
      let at = 0;
      for (; !ended.signal.aborted || at < EACH; at++) await rpc.call('send', { to, text: `during ${at}` });
      return at;
    })();
    const [made] = await alice.ok('backup', file, ...passphrase());
    ended.abort();
    const during = await writing;
    const machine = new Person(playground, 'machine');
    await machine.ok('restore', file, '--node', 'ws://127.0.0.1:9', ...passphrase());
    const texts = (await machine.ok('history', to, '--limit', '100000')).map((message) => textOf(message));
    expect(made?.['messages']).toBe(texts.length);
    const kept = texts.length - EACH;
    expect(kept).toBeLessThanOrEqual(during);
    expect(texts).toEqual([
      ...Array.from({ length: EACH }, (_, at) => `before ${at}`),
      ...Array.from({ length: kept }, (_, at) => `during ${at}`),
    ]);
  }, 120_000);

  it.skipIf(!canMount)('BAK-5: a full disk is said, and leaves nothing behind', async () => {
    const small = playground.path('small');
    mkdirSync(small);
    const backup = [
      process.execPath,
      SOTTO,
      'backup',
      `${small}/b.backup`,
      '--profile',
      alice.profile,
      ...passphrase(),
    ];
    const script = 'mount -t tmpfs -o size=8k none "$0" && { "$@"; code=$?; ls -A "$0"; exit $code; }';
    const full = spawnSync('unshare', ['-rm', 'sh', '-c', script, small, ...backup], { encoding: 'utf8' });
    expect([full.status, full.stdout]).toEqual([75, '']);
    expect(full.stderr).toMatch(/not enough room[^]*No backup was made/);
    expect(readdirSync(small)).toEqual([]);
    expect(await rpc.stop()).toBe(0);
  });
});
