import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acquaint, end, Person, Playground, textOf } from './processes.ts';

let playground: Playground;
let alice: Person & { invite: string; address: string };
let bob: Person & { invite: string; address: string };

beforeAll(async () => {
  playground = await Playground.create();
  const node = await playground.node('node');
  [alice, bob] = await Promise.all([
    Person.create(playground, 'Alice', node.url),
    Person.create(playground, 'Bob', node.url),
  ]);
  await acquaint(bob, alice);
  await alice.ok('recv', '--timeout', '0');
}, 120_000);
afterAll(() => playground.dispose());

describe('CLI-7: what was said is changed by commands', () => {
  it('an answer, an edit, a reaction, a timer and a deletion reach the other side', async () => {
    const [sent] = await alice.ok('send', 'Bob', 'tomorow at five');
    const id = String(sent?.['id']);
    await bob.ok('recv');
    await bob.ok('send', 'Alice', 'fine', '--reply-to', id);
    expect((await bob.ok('react', id, '+1'))[0]).toMatchObject({ id, reactions: [{ emoji: '👍', name: 'Bob' }] });
    expect((await alice.ok('edit', id, 'tomorrow', 'at', 'five'))[0]).toMatchObject({
      content: { text: 'tomorrow at five' },
      editedAt: expect.any(Number) as number,
    });
    const [answer] = await alice.ok('recv');
    expect(answer).toMatchObject({ content: { text: 'fine' }, replyTo: { id, text: 'tomorrow at five' } });
    expect((await alice.ok('timer', 'Bob', '5m'))[0]).toMatchObject({ timer: 300 });

    const follower = bob.start('recv', '--follow');
    const lines = createInterface({ input: follower.stdout! })[Symbol.asyncIterator]();
    const until = async (found: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> => {
      for (;;) {
        const line = await lines.next();
        if (line.done === true) throw new Error('it ended');
        const json = JSON.parse(line.value) as Record<string, unknown>;
        if (found(json)) return json;
      }
    };
    const edited = await until((line) => line['id'] === id);
    expect(edited).toMatchObject({ changed: true, content: { text: 'tomorrow at five' } });
    await alice.ok('delete', id);
    expect(await until((line) => 'deleted' in (line['content'] as object))).toMatchObject({ id, changed: true });
    await alice.ok('send', 'Bob', 'gone soon');
    expect(await until((line) => textOf(line) === 'gone soon')).toMatchObject({ disappearAfter: 300 });
    expect(await end(follower, 'SIGTERM')).toBe(0);
    expect((await bob.ok('history', 'Alice')).map(textOf)).not.toContain('tomorrow at five');
    expect(await bob.ok('search', 'five')).toEqual([]);
  });

  it('refusals have their status and a sentence', async () => {
    const { code, errors } = await alice.run('timer', 'Bob', 'soon');
    expect([code, errors]).toEqual([65, expect.stringContaining('use 30s, 5m, 1h')]);
    expect((await alice.run('edit', '0'.repeat(32), 'x')).code).toBe(65);
    expect((await alice.run('timer', 'Nobody')).code).toBe(65);
  });
});
