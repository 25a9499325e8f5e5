import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PtyProgram } from '../../../packages/terminal/src/pty.fixture.ts';
import { Person, Playground, SOTTO, textOf } from './processes.ts';

let playground: Playground;
const screens = new Set<PtyProgram>();

beforeEach(async () => {
  playground = await Playground.create();
});
afterEach(async () => {
  for (const screen of screens) screen.kill();
  screens.clear();
  await playground.dispose();
});

function chat(args: readonly string[], env: NodeJS.ProcessEnv = {}): PtyProgram {
  const screen = new PtyProgram(process.execPath, [SOTTO, 'chat', ...args], { columns: 100, rows: 30 }, env);
  screens.add(screen);
  return screen;
}

async function tokenOn(screen: PtyProgram): Promise<string> {
  await screen.shows(/token [a-z2-7]{12}[^]*online/);
  return /token ([a-z2-7]{12})/.exec(screen.text)![1]!;
}

describe('WAY-1: the first conversation of the README', () => {
  it('two people chat; one leaves, is written to and comes back; the node dies in between', async () => {
    const node = await playground.node('node');
    const alice = await Person.create(playground, 'Alice', node.url);
    const bob = await Person.create(playground, 'Bob', node.url);
    await bob.ok('add', alice.invite);

    const left = chat(['--profile', alice.profile]);
    const right = chat(['--profile', bob.profile]);
    await Promise.all([left.shows('online'), right.shows('online')]);
    right.write('/to Alice hello\r');
    await left.shows('? Bob');
    left.write('\t');
    await left.shows('Bob hello');
    left.write('/accept\rgood to see you 👋\r');
    await right.shows('Alice good to see you 👋');
    await left.shows(/👋 {2}(delivered|read)/);

    left.write('exit\r');
    expect(await left.exited).toBe(0);
    right.write('are you gone?\r');
    await right.shows(/are you gone\? {2}stored/);
    await node.end('SIGKILL');
    await right.shows(/offline|connecting/);
    right.write('and the node is too\r');
    await right.shows(/and the node is too {2}(waiting|sending)/);

    await playground.node('node', [], node.port);
    const back = chat(['--profile', alice.profile]);
    await back.shows(/are you gone\?[^]*and the node is too/, 60_000);
    await right.shows(/and the node is too {2}(delivered|read)/, 60_000);
  });
});

describe('WAY-2: people of separate networks', () => {
  it('write to each other through two nodes that never heard of one another', async () => {
    const [here, there] = await Promise.all([playground.node('here'), playground.node('there')]);
    expect(here.nodeId).not.toBe(there.nodeId);
    const alice = await Person.create(playground, 'Alice', here.url);
    const bob = await Person.create(playground, 'Bob', there.url);
    await bob.ok('add', alice.invite);
    await bob.ok('send', 'Alice', 'from far away', '--wait', 'stored');
    await alice.acceptRequests();
    expect((await alice.ok('recv', '--count', '1', '--timeout', '20')).map(textOf)).toEqual(['from far away']);
    await alice.ok('send', 'Bob', 'and back', '--wait', 'stored');
    expect((await bob.ok('recv', '--count', '1', '--timeout', '20')).map(textOf)).toEqual(['and back']);
  });
});

describe('WAY-3: a live node', () => {
  it('TM-7 TM-19: throw-away identities find each other by token, and nothing is left on the disk', async () => {
    const home = playground.path('empty-home');
    await mkdir(home);
    const env = {
      HOME: home,
      XDG_DATA_HOME: home,
      XDG_CONFIG_HOME: home,
      TMPDIR: home,
      NODE_DISABLE_COMPILE_CACHE: '1',
    };
    const node = await playground.node('unused', ['--store', 'none']);
    const ann = chat(['--ephemeral', '--name', 'Ann', '--node', node.url], env);
    const ben = chat(['--ephemeral', '--name', 'Ben', '--node', node.url], env);
    const [annToken] = await Promise.all([tokenOn(ann), tokenOn(ben)]);

    ben.write('/list\r');
    await ben.shows(`here     ${annToken}  Ann`);
    ben.write(`/to ${annToken} psst\r`);
    await ann.shows('? Ben');
    ann.write('\t');
    await ann.shows('Ben psst');
    ann.write('/accept\rhere I am\r');
    await ben.shows('Ann here I am');
    await ann.shows(/here I am {2}(delivered|read)/);

    ann.write('exit\r');
    await ann.exited;
    ben.write('still there?\r');
    await ben.shows(/still there\?[^]*failed: Not delivered: they are not here/);
    ben.write('/to aaaaaaaaaaaa hello\r');
    await ben.shows(/nobody|not here|unknown/i);
    ben.write('\u0015exit\r');
    await ben.exited;
    expect(await readdir(home, { recursive: true })).toEqual([]);
    expect(await readdir(playground.path('unused'))).toEqual(['node-identity.json']);
  });
});

describe('WAY-4: a private room', () => {
  it('ENG-30: everybody hears what is said on the start page; /say from elsewhere; programs too', async () => {
    const key = playground.path('room.key');
    await writeFile(key, 'ab'.repeat(32));
    const node = await playground.node('room', ['--psk-file', key, '--store', 'none']);
    const room = ['--node', node.url, '--psk-file', key];
    const enter = async (name: string): Promise<PtyProgram> => {
      const screen = chat(['--ephemeral', ...room, '--name', name]);
      await screen.shows('This is a private room');
      return screen;
    };
    const ann = await enter('Ann');
    await ann.shows('Nobody else is here yet.');
    const ben = await enter('Ben');
    await ben.shows('Here: Ann');
    const cleo = await enter('Cleo');
    await Promise.all([ann, ben].map((screen) => screen.shows('Cleo is here')));

    ann.write('Good evening, all 🌙\r');
    await ann.shows('you Good evening, all 🌙');
    await Promise.all([ben, cleo].map((screen) => screen.shows('Ann Good evening, all 🌙')));
    ben.write('/to Ann between us\r');
    await ann.shows('? Ben');
    ben.write('/say and this for everybody\r');
    await Promise.all([ann, cleo].map((screen) => screen.shows('Ben and this for everybody')));
    await ben.shows('Said to everybody here (2).');
    expect(cleo.text).not.toContain('between us');
    cleo.write('hello Ben\r');
    await ben.shows('room: 2 new (Esc)');

    const dan = new Person(playground, 'Dan', room);
    await dan.ok('init', '--name', 'Dan');
    const [said] = await dan.ok('say', 'a', 'program', 'speaks');
    expect(said).toEqual({ reached: 3, missed: [] });
    await Promise.all([ann, cleo].map((screen) => screen.shows('Dan a program speaks')));
    const listener = dan.start('recv', '--follow');
    const lines = createInterface({ input: listener.stdout! })[Symbol.asyncIterator]();
    // Each of the three commands came; the first two have left.
    await ann.shows(/(Dan is here[^]*){3}/);
    ann.write('welcome back\r');
    const heard = JSON.parse(String((await lines.next()).value)) as object;
    expect(heard).toMatchObject({ type: 'room', name: 'Ann', text: 'welcome back' });
  });

  it('TM-10 TM-11: guests need the key, are seen coming and going, and hear the operator', async () => {
    const key = playground.path('room.key');
    const wrong = playground.path('wrong.key');
    await writeFile(key, 'ab'.repeat(32));
    await writeFile(wrong, 'cd'.repeat(32));
    const node = await playground.node('room', ['--psk-file', key, '--store', 'none', '--console']);
    const room = ['--ephemeral', '--node', node.url, '--psk-file'];
    const ann = chat([...room, key, '--name', 'Ann']);
    await ann.shows('online');
    const ben = chat([...room, key, '--name', 'Ben']);
    await ben.shows('online');
    await ann.shows(/Ben is here/);

    node.child.stdin!.write('the meeting begins\n');
    await Promise.all([ann, ben].map((guest) => guest.shows("The node's operator says: the meeting begins")));
    node.child.stdin!.write('@Ben you take the minutes\n');
    await ben.shows("The node's operator says to you: you take the minutes");
    expect(ann.text).not.toContain('minutes');

    ben.write('/to Ann shall we?\r');
    await ann.shows('? Ben');
    ben.write('\u0015exit\r');
    await ann.shows(/Ben has left/);

    const stranger = chat([...room, wrong, '--name', 'Mallory']);
    await stranger.shows(/offline.*key/i);
    const keyless = chat(['--ephemeral', '--node', node.url, '--name', 'Mallory']);
    await keyless.shows(/offline.*key/i);
    expect(ann.text).not.toContain('Mallory');
  });
});
