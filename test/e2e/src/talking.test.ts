import { createInterface } from 'node:readline';
import type { Message } from '@sotto/engine/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PtyProgram } from '../../../packages/terminal/src/pty.fixture.ts';
import { newerPerson } from './newer-person.ts';
import { acquaint, end, Person, Playground, SOTTO, textOf, type Json, type NodeProcess } from './processes.ts';

/** Alice writes commands and reads JSON, Bob sits at a narrow terminal. */
let playground: Playground;
let node: NodeProcess;
let alice: Awaited<ReturnType<typeof Person.create>>;
let bob: Awaited<ReturnType<typeof Person.create>>;
let screen: PtyProgram;
/** What `recv --follow --json` of Alice printed. */
const heard: Json[] = [];

beforeAll(async () => {
  playground = await Playground.create();
  node = await playground.node('node');
  [alice, bob] = (await Promise.all(['Alice', 'Bob'].map((name) => Person.create(playground, name, node.url)))) as [
    typeof alice,
    typeof bob,
  ];
  await acquaint(alice, bob);
  const follower = alice.start('recv', '--follow');
  createInterface({ input: follower.stdout! }).on('line', (line) => heard.push(JSON.parse(line) as Json));
  screen = new PtyProgram(process.execPath, [SOTTO, 'chat', '--profile', bob.profile], { columns: 40, rows: 24 });
  await screen.shows(/Alice hello[^]*online/);
});
afterAll(async () => {
  screen?.kill();
  await playground?.dispose();
});

const written = async (text: string): Promise<string> => String((await alice.ok('send', 'Bob', text))[0]?.['id']);

async function hears(what: (line: Json) => boolean): Promise<Json> {
  for (;;) {
    const line = heard.find(what);
    if (line !== undefined) return line;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('changing what was said, from the command line and in the chat', () => {
  it('CLI-6: an edit has left when the command ends, and the other side sees the new words', async () => {
    const id = await written('tea or cofee?');
    await screen.shows('tea or cofee?');
    const [edited] = await alice.ok('edit', id, 'tea or coffee?');
    expect(edited).toMatchObject({ id, content: { text: 'tea or coffee?' }, editedAt: expect.any(Number) as number });
    await screen.shows(/tea or coffee\?\s+\(edited\)/);
    expect(screen.text).not.toContain('cofee');
  });

  it('an answer carries what it answers, a reaction is seen by both', async () => {
    const question = (await alice.ok('history', 'Bob')).find((message) => textOf(message) === 'tea or coffee?');
    screen.write('/reply coffee please\r');
    const answer = await hears((line) => textOf(line) === 'coffee please');
    const { id } = question ?? {};
    const position = expect.any(Number) as number;
    expect(answer['replyTo']).toEqual({ id, from: alice.address, name: 'Alice', text: 'tea or coffee?', position });
    screen.write('/react party\r');
    const changed = await hears((line) => line['changed'] === true && line['reactions'] !== undefined);
    expect(changed['reactions']).toEqual([{ emoji: '🎉', from: bob.address, name: 'Bob' }]);
    await alice.ok('react', String(answer['id']), 'heart');
    await screen.shows('❤️ Alice');
  });

  it('CLI-6: a deletion reaches the other side; what is said of others cannot be changed', async () => {
    const id = await written('what nobody should know');
    await screen.shows('what nobody should know');
    const [deleted] = await alice.ok('delete', id);
    expect(deleted?.['content']).toEqual({ deleted: true });
    await screen.shows(/\(deleted\)/);
    expect(screen.text).not.toContain('what nobody');
    const theirs = await hears((line) => textOf(line) === 'coffee please');
    expect((await alice.run('edit', String(theirs['id']), 'tea please')).code).toBe(77);
    expect((await alice.run('delete', String(theirs['id']))).code).toBe(77);
    expect((await alice.run('react', id, 'heart')).code).not.toBe(0);
    expect((await alice.run('edit', 'no-id', 'x')).code).toBe(65);
  });

  it('with a timer a message disappears at both sides, and says how long it still is', async () => {
    const [timer] = await alice.ok('timer', 'Bob', '3s');
    expect(timer).toEqual({ address: bob.address, name: 'Bob', timer: 3 });
    await screen.shows('messages disappear after 3 s');
    const id = await written('gone in a moment');
    await screen.shows(/gone in a moment\s+disappears in \d s/);
    expect(await hears((line) => line['removed'] === true)).toEqual({ id, conversation: bob.address, removed: true });
    while (screen.text.includes('gone in a moment')) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(JSON.stringify(await alice.ok('history', 'Bob'))).not.toContain('gone in a moment');
    expect(await alice.ok('search', 'moment')).toEqual([]);
    await alice.ok('timer', 'Bob', 'off');
  });

  it('what a newer version sends is shown as something unknown, and the conversation goes on', async () => {
    const newer = await newerPerson('Nova', playground.path('nova'), node.url);
    await newer.engine.send({ to: alice.invite, text: 'from today', wait: 'stored' });
    const nova = (await newer.engine.whoami({})).address;
    while ((await alice.ok('contacts', '--requests')).length === 0) await alice.ok('recv', '--timeout', '0.3');
    await alice.ok('contacts', '--accept', nova);
    newer.speakAhead();
    const sent: Message = await newer.engine.send({ to: alice.address, text: 'from tomorrow', wait: 'delivered' });
    await newer.close();
    const unknown = (await alice.ok('history', nova)).find(({ id }) => id === sent.id);
    expect(unknown?.['content']).toEqual({ unknown: true });
    const shown = await playground.run(['history', nova, '--profile', alice.profile]);
    expect(shown.lines.join('\n')).toContain('(a kind of message this version does not know)');
    expect((await alice.ok('react', sent.id, 'heart'))[0]?.['reactions']).toHaveLength(1);
  });

  it('ENG-54: who is removed is not listed any more, and nothing of theirs is', async () => {
    const nova = (await alice.ok('contacts')).find(({ name }) => name === 'Nova');
    await alice.ok('contacts', '--remove', 'Nova');
    expect((await alice.ok('contacts')).map(({ name }) => name)).toEqual(['Bob']);
    expect(JSON.stringify(await alice.ok('history'))).not.toContain(String(nova?.['address']));
  });
});

it('the chat ends as it was told to', async () => {
  screen.write('exit\r');
  expect(await screen.exited).toBe(0);
  await end(node.child, 'SIGTERM');
});
