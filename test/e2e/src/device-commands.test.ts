import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acquaint, Person, Playground, textOf, type Json, type NodeProcess } from './processes.ts';

let playground: Playground;
let node: NodeProcess;
let alice: Awaited<ReturnType<typeof Person.create>>;
let bob: Awaited<ReturnType<typeof Person.create>>;
let phone: Person;

beforeAll(async () => {
  playground = await Playground.create();
  node = await playground.node('node');
  [alice, bob] = (await Promise.all(['Alice', 'Bob'].map((name) => Person.create(playground, name, node.url)))) as [
    typeof alice,
    typeof bob,
  ];
  await acquaint(alice, bob);
  phone = new Person(playground, 'phone');
});
afterAll(() => playground?.dispose());

describe('a second device, by commands', () => {
  it('DEV-3, DEV-14: sotto link shows a code, sotto link --approve takes it in, the history follows', async () => {
    const child = phone.start('link', '--node', node.url, '--name', 'kitchen');
    const lines: Json[] = [];
    const shown = Promise.withResolvers<string>();
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const said = JSON.parse(line) as Json;
      lines.push(said);
      if (typeof said['code'] === 'string') shown.resolve(said['code']);
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const code = await shown.promise;
    const [device] = await alice.ok('link', '--approve', code);
    expect(device).toMatchObject({ device: 2, name: 'kitchen', current: false });
    expect(await ended).toBe(0);
    expect(lines).toContainEqual({ address: alice.address, device: 2, name: 'Alice' });
    expect(lines.at(-1)).toMatchObject({ progress: { step: 'history', done: 1, total: 1 } });
    expect((await phone.ok('history', 'Bob')).map(textOf)).toEqual(['hello']);
    const again = await phone.run('link', '--node', node.url);
    expect(again).toMatchObject({ code: 65 });
    expect(again.errors).toMatch(/has an identity already/);
    expect(await alice.run('link', '--approve', code)).toMatchObject({ code: 65 });
  });

  it('DEV-5, DEV-7: devices are listed, renamed and removed; a removed one says so and stays readable', async () => {
    await alice.ok('devices', '--rename', '1', '--name', 'desk');
    expect(await alice.ok('devices')).toMatchObject([
      { device: 1, name: 'desk', current: true },
      { device: 2, name: 'kitchen', current: false },
    ]);
    const forbidden = await phone.run('devices', '--revoke', '1');
    expect(forbidden).toMatchObject({ code: 77 });
    expect(forbidden.errors).toMatch(/recovery phrase/);
    expect(await alice.ok('devices', '--revoke', '2')).toHaveLength(1);
    await phone.run('recv', '--timeout', '2');
    const refused = await phone.run('send', 'Bob', 'still me');
    expect(refused).toMatchObject({ code: 77 });
    expect(refused.errors).toMatch(/removed from the account/);
    expect((await phone.ok('history', 'Bob')).map(textOf)).toContain('hello');
    expect((await bob.ok('contacts'))[0]).toMatchObject({ status: 'accepted' });
  });
});
