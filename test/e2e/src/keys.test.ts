import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PtyProgram } from '../../../packages/terminal/src/pty.fixture.ts';
import { acquaint, end, Person, Playground, SOTTO, textOf } from './processes.ts';
import type { NodeProcess } from './processes.ts';

const PASSPHRASE = 'correct horse battery';
const BACKUP_PASSPHRASE = 'staple of the backup';

let playground: Playground;
let node: NodeProcess;
const screens = new Set<PtyProgram>();
beforeAll(async () => {
  playground = await Playground.create();
  node = await playground.node('node');
  writeFileSync(playground.path('passphrase'), `${PASSPHRASE}\n`);
  writeFileSync(playground.path('backup-passphrase'), `${BACKUP_PASSPHRASE}\r\n`);
  writeFileSync(playground.path('wrong'), 'wrong\n');
});
afterAll(async () => {
  for (const screen of screens) screen.kill();
  await playground.dispose();
});

const secret = (): string[] => ['--passphrase-file', playground.path('passphrase')];
const ofBackup = (): string[] => ['--backup-passphrase-file', playground.path('backup-passphrase')];

function onTerminal(args: readonly string[]): PtyProgram {
  const screen = new PtyProgram(process.execPath, [SOTTO, ...args], { columns: 100, rows: 20 });
  screens.add(screen);
  return screen;
}

const filesOf = (person: Person): Buffer =>
  Buffer.concat(readdirSync(person.profile).map((file) => readFileSync(join(person.profile, file))));
const texts = async (person: Person, partner: string): Promise<string[]> =>
  (await person.ok('history', partner)).map((message) => textOf(message));

describe('a locked profile', () => {
  it('KEY-2, TM-20: asks on the terminal without showing what is typed; nothing in its files opens it', async () => {
    const anna = await Person.create(playground, 'Anna', node.url);
    const key = readFileSync(join(anna.profile, 'database.key')).subarray(10, 42);
    expect(filesOf(anna).includes(key)).toBe(true);

    const locking = onTerminal(['lock', 'passphrase', '--profile', anna.profile]);
    await locking.shows('New passphrase:');
    locking.write(`${PASSPHRASE.slice(0, 5)}x\u007f${PASSPHRASE.slice(5)}\r`);
    await locking.shows('The same again:');
    locking.write(`${PASSPHRASE}\r`);
    expect(await locking.exited).toBe(0);
    await locking.shows('locked with a passphrase');
    expect(locking.raw).not.toContain('horse');
    expect(filesOf(anna).includes(key)).toBe(false);

    const asking = onTerminal(['contacts', '--profile', anna.profile]);
    await asking.shows('Passphrase of this profile:');
    asking.write('wrong\r');
    await asking.shows('Try again:');
    asking.write(`${PASSPHRASE}\r`);
    expect(await asking.exited).toBe(0);
    await asking.shows('No contacts yet');
    expect(asking.raw).not.toContain('wrong\r');

    const without = await anna.run('contacts');
    expect([without.code, without.errors]).toEqual([77, expect.stringContaining('locked') as string]);
    const wrong = await anna.run('contacts', '--passphrase-file', playground.path('wrong'));
    expect([wrong.code, wrong.errors]).toEqual([77, expect.stringContaining('not the passphrase') as string]);
    expect((await anna.run('contacts', '--passphrase-file', playground.path('nowhere'))).code).toBe(78);
    await anna.ok('contacts', ...secret());
    expect(await anna.ok('lock')).toEqual([{ lock: 'passphrase' }]);

    // Where there is a keyring it is used now, elsewhere nothing changes; both ways lead back.
    await anna.run('lock', 'keyring', ...secret());
    expect(await anna.ok('lock', 'file', ...secret())).toEqual([{ lock: 'file' }]);
    await anna.ok('contacts');
    expect(filesOf(anna).includes(key)).toBe(true);
  });

  it('RPC-7: who takes the profile over is not asked; the passphrase stands in no argument and no environment', async () => {
    const ben = await Person.create(playground, 'Ben', node.url);
    const carl = await Person.create(playground, 'Carl', node.url);
    await acquaint(carl, ben);
    await ben.ok('lock', 'passphrase', '--new-passphrase-file', playground.path('passphrase'));
    const shown: string[] = [];
    const owner = ben.start('recv', '--follow', ...secret());
    const first = createInterface({ input: owner.stdout! })[Symbol.asyncIterator]();
    expect(textOf(JSON.parse(String((await first.next()).value)) as never)).toBe('hello');
    for (const file of process.platform === 'linux' ? ['cmdline', 'environ'] : []) {
      shown.push(readFileSync(`/proc/${owner.pid}/${file}`, 'latin1'));
    }
    expect(shown.join('')).not.toContain('horse');
    const client = ben.start('recv', '--follow');
    const lines = createInterface({ input: client.stdout! })[Symbol.asyncIterator]();
    await carl.ok('send', 'Ben', 'to both', '--wait', 'delivered');
    expect(textOf(JSON.parse(String((await lines.next()).value)) as never)).toBe('to both');
    await end(owner, 'SIGKILL');
    await carl.ok('send', 'Ben', 'after the owner', '--wait', 'delivered');
    expect(textOf(JSON.parse(String((await lines.next()).value)) as never)).toBe('after the owner');
    await end(client, 'SIGTERM');
  });
});

describe('backup and restore', () => {
  it('BAK-1, BAK-5, BAK-6, BAK-8, TM-21: on a new machine the same history, and the conversation goes on', async () => {
    const dora = await Person.create(playground, 'Dora', node.url);
    const emil = await Person.create(playground, 'Emil', node.url);
    await acquaint(dora, emil);
    await emil.ok('send', 'Dora', 'good morning', '--wait', 'stored');
    await dora.ok('recv', '--count', '1', '--timeout', '20');
    const file = playground.path('dora.backup');
    const [made] = await dora.ok('backup', file, ...ofBackup());
    expect(made).toMatchObject({ file, contacts: 1, messages: 2 });
    expect(readFileSync(file).includes('good morning')).toBe(false);
    const again = await dora.run('backup', file, ...ofBackup());
    expect([again.code, again.errors]).toEqual([65, expect.stringContaining('--force') as string]);
    await dora.ok('backup', file, '--force', ...ofBackup());

    const machine = new Person(playground, 'Dora-again');
    const wrong = await machine.run('restore', file, '--backup-passphrase-file', playground.path('wrong'));
    expect([wrong.code, wrong.errors]).toEqual([77, expect.stringContaining('not the passphrase') as string]);
    const damaged = readFileSync(file);
    damaged[damaged.length - 30]! ^= 1;
    writeFileSync(playground.path('damaged'), damaged);
    expect((await machine.run('restore', playground.path('damaged'), ...ofBackup())).code).toBe(65);

    const [me] = await machine.ok('restore', file, ...ofBackup());
    expect(me).toMatchObject({ address: dora.address, device: 2, name: 'Dora' });
    expect(await texts(machine, 'Emil')).toEqual(await texts(dora, 'Emil'));
    await machine.ok('send', 'Emil', 'from the new machine', '--wait', 'stored');
    const got = await emil.ok('recv', '--count', '2', '--timeout', '20');
    expect(got.map((message) => textOf(message))).toEqual(['hello', 'from the new machine']);
    await emil.ok('send', 'Dora', 'welcome back', '--wait', 'stored');
    await machine.ok('recv', '--count', '1', '--timeout', '20');
    expect((await texts(machine, 'Emil')).slice(-2)).toEqual(['from the new machine', 'welcome back']);
    expect((await machine.run('restore', file, ...ofBackup())).code).toBe(65);
    const checks = await machine.ok('doctor');
    expect(checks.find(({ name }) => name === 'lock')?.['found']).toMatch(/can read your messages/);
    expect((await dora.ok('doctor')).find(({ name }) => name === 'backup')?.['found']).toMatch(
      /today\. It has 2 messages/,
    );
  });

  it('BAK-8, KEY-2: on the terminal it asks for a new passphrase twice, and whether the other devices are lost', async () => {
    const gina = await Person.create(playground, 'Gina', node.url);
    const file = playground.path('gina.backup');
    const writing = onTerminal(['backup', file, '--profile', gina.profile]);
    await writing.shows('Passphrase of the backup:');
    writing.write('one passphrase\r');
    await writing.shows('The same again:');
    writing.write('another\r');
    expect(await writing.exited).toBe(65);
    await writing.shows('not the same');
    await gina.ok('backup', file, ...ofBackup());

    const profile = playground.path('gina-again');
    const restoring = onTerminal(['restore', file, '--profile', profile]);
    await restoring.shows('Passphrase of the backup:');
    restoring.write(`${BACKUP_PASSPHRASE}\r`);
    await restoring.shows('(y/N)');
    restoring.write('y\r');
    expect(await restoring.exited).toBe(0);
    await restoring.shows('This is device 2');
    expect(restoring.raw).not.toContain('staple');
    expect((await gina.run('recv')).code).toBe(77);
  });

  it('BAK-8: the phrase alone takes the account up as its next device; without the node it says so and waits', async () => {
    const person = new Person(playground, 'Hans');
    const [made] = await person.ok('init', '--name', 'Hans', '--node', node.url);
    writeFileSync(playground.path('phrase'), `${String(made?.['phrase'])}\n`);
    const machine = new Person(playground, 'Hans-again');
    const args = ['--name', 'Hans', '--phrase-file', playground.path('phrase')];
    const [me] = await machine.ok('init', ...args, '--node', node.url);
    expect(me).toMatchObject({ address: made?.['address'], device: 2 });
    const offline = new Person(playground, 'Hans-offline');
    const [there] = await offline.ok('init', ...args, '--node', 'ws://127.0.0.1:9');
    expect(there).toMatchObject({ address: made?.['address'], problem: expect.any(String) as string });
    const doctor = await offline.run('doctor');
    expect(doctor.json.find(({ name }) => name === 'identity')).toMatchObject({ ok: false });
  });
});
