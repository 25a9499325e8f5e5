import { afterEach, describe, expect, it } from 'vitest';
import type { Message } from '@sotto/engine';
import { Loss } from './loss.ts';
import { World } from './world.ts';
import type { Person, WorldNode } from './world.ts';

let world = new World();
afterEach(() => world.end());

interface Couple {
  readonly node: WorldNode;
  readonly alice: Person;
  readonly bob: Person;
  readonly toAlice: string;
  readonly toBob: string;
  readonly loss: Loss;
}

async function couple(seed: number, live = false): Promise<Couple> {
  world = new World(seed);
  const loss = new Loss();
  const node = await world.node('ws://node.example:8080', { live, wrap: loss.wrap });
  const alice = await world.person('Alice', node);
  const bob = await world.person('Bob', node);
  await world.introduce(alice, bob);
  const [a, b] = [await world.whois(alice), await world.whois(bob)];
  await alice.engine.send({ to: b.address, text: 'hello Bob' });
  await bob.engine.send({ to: a.address, text: 'hello Alice' });
  await world.clock.advance(5000);
  return { node, alice, bob, toAlice: a.address, toBob: b.address, loss };
}

const last = async (person: Person, other: Person): Promise<Message> => (await person.messages(other)).at(-1)!;
const find = async (person: Person, other: Person, id: string): Promise<Message | undefined> =>
  (await person.messages(other)).find((message) => message.id === id);

describe('changing what was said', () => {
  it('ENG-31, ENG-32: answer, edit, reaction and deletion are the same at both sides', async () => {
    const { alice, bob, toBob, toAlice } = await couple(100);
    const said = await alice.engine.send({ to: toBob, text: 'see you at 5' });
    await world.clock.advance(3000);
    await bob.engine.send({ to: toAlice, text: 'fine', replyTo: said.id });
    await world.clock.advance(3000);
    for (const [person, other] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      expect((await last(person, other)).replyTo).toEqual({
        id: said.id,
        from: (await world.whois(alice)).address,
        name: 'Alice',
        text: 'see you at 5',
        position: expect.any(Number),
      });
    }
    await alice.engine.edit({ id: said.id, text: 'see you at 6' });
    await bob.engine.react({ id: said.id, emoji: '👍' });
    await alice.engine.react({ id: said.id, emoji: '🎉' });
    await world.clock.advance(3000);
    for (const [person, other] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      const now = await find(person, other, said.id);
      expect(now).toMatchObject({ content: { text: 'see you at 6' }, editedAt: expect.any(Number) });
      expect(now!.reactions!.map(({ emoji, name }) => `${name} ${emoji}`).toSorted()).toEqual(['Alice 🎉', 'Bob 👍']);
      expect((await last(person, other)).replyTo!.text).toBe('see you at 6');
      const found = await person.engine.search({ text: '6' });
      expect(found.messages.map(({ id }) => id)).toEqual([said.id]);
    }
    await bob.engine.react({ id: said.id, emoji: '' });
    await alice.engine.delete({ id: said.id });
    await world.clock.advance(3000);
    for (const [person, other] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      const now = await find(person, other, said.id);
      expect(now!.content).toEqual({ deleted: true });
      expect(now).not.toHaveProperty('reactions');
      expect((await last(person, other)).replyTo!.text).toBe('');
      expect((await person.engine.search({ text: 'see you' })).messages).toEqual([]);
      expect(person.words()).not.toContain('see you');
    }
    expect(await find(alice, bob, said.id)).toMatchObject({ state: 'delivered' });
  });

  it('ENG-32: what changes while the other side is away arrives together, and only what it says last is shown', async () => {
    const { alice, bob, toBob } = await couple(101);
    await bob.close();
    const kept = await alice.engine.send({ to: toBob, text: 'one' });
    const gone = await alice.engine.send({ to: toBob, text: 'secret' });
    await world.clock.advance(1000);
    await alice.engine.edit({ id: kept.id, text: 'two' });
    await alice.engine.edit({ id: kept.id, text: 'three' });
    await alice.engine.delete({ id: gone.id });
    await world.clock.advance(3000);
    await bob.open();
    await world.clock.advance(5000);
    expect((await find(bob, alice, kept.id))!.content).toEqual({ text: 'three' });
    expect((await find(bob, alice, gone.id))?.content).toEqual({ deleted: true });
    expect(bob.words()).not.toContain('secret');
    expect((await bob.engine.contacts({}))[0]!.unread).toBe(2);
  });

  it('ENG-8, ENG-32: a lost edit is asked for again, under its order; a text that is gone meanwhile is not', async () => {
    const { alice, bob, toBob, loss } = await couple(102);
    const said = await alice.engine.send({ to: toBob, text: 'first' });
    await world.clock.advance(3000);
    await bob.close();
    await alice.close();
    await alice.open();
    await world.clock.advance(1000);
    loss.count = 2;
    await alice.engine.edit({ id: said.id, text: 'second' });
    const gone = await alice.engine.send({ to: toBob, text: 'lost and taken back' });
    await world.clock.advance(1000);
    await alice.engine.delete({ id: gone.id });
    await alice.engine.send({ to: toBob, text: 'end' });
    await world.clock.advance(1000);
    await bob.open();
    await world.clock.advance(5000);
    expect((await find(bob, alice, said.id))!.content).toEqual({ text: 'first' });
    await world.clock.advance(60_000);
    expect((await find(bob, alice, said.id))!.content).toEqual({ text: 'second' });
    expect((await bob.texts(alice)).slice(2)).toEqual(['second', 'end']);
    expect(bob.words()).not.toContain('taken back');
    await world.clock.advance(60_000);
    const sent = await alice.messages(bob);
    expect(sent.filter(({ outgoing }) => outgoing).map(({ state }) => state)).toEqual(
      sent.filter(({ outgoing }) => outgoing).map(() => 'delivered'),
    );
    expect((await alice.engine.connection({})).waiting).toBe(0);
  });

  it('ENG-2, ENG-33: a message nobody has yet is taken back without a trace', async () => {
    const { node, alice, bob, toBob } = await couple(103);
    node.stop();
    await world.clock.advance(1000);
    const said = await alice.engine.send({ to: toBob, text: 'never mind' });
    await world.clock.advance(1000);
    const deleted = await alice.engine.delete({ id: said.id });
    expect(deleted.content).toEqual({ deleted: true });
    expect(alice.words()).not.toContain('never mind');
    node.start();
    await world.clock.advance(120_000);
    expect(await bob.texts(alice)).toHaveLength(2);
    await alice.engine.send({ to: toBob, text: 'next' });
    await world.clock.advance(5000);
    expect((await bob.texts(alice)).at(-1)).toBe('next');
    expect((await alice.engine.connection({})).waiting).toBe(0);
  });

  it('ENG-33: only own messages are edited and deleted; refusals are in words', async () => {
    const { alice, bob } = await couple(104);
    const [mine, theirs] = await alice.messages(bob);
    await expect(alice.engine.edit({ id: theirs!.id, text: 'x' })).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(alice.engine.delete({ id: theirs!.id })).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(alice.engine.edit({ id: '00'.repeat(16), text: 'x' })).rejects.toMatchObject({ code: 'not-found' });
    await expect(alice.engine.edit({ id: mine!.id, text: '' })).rejects.toMatchObject({ code: 'bad-input' });
    for (const emoji of ['two words', '👍👍', '\u202e', 'x'.repeat(40), '\n']) {
      await expect(alice.engine.react({ id: mine!.id, emoji })).rejects.toMatchObject({ code: 'bad-input' });
    }
    for (const emoji of ['👩‍👩‍👧‍👦', '🏳️‍🌈', '+', 'ä']) {
      expect((await alice.engine.react({ id: mine!.id, emoji })).reactions).toMatchObject([{ emoji }]);
      await world.clock.advance(10);
    }
  });

  it('ENG-36: what is hidden is gone here, stays there, and does not come back', async () => {
    const { alice, bob, toBob } = await couple(105);
    const said = await alice.engine.send({ to: toBob, text: 'seen by both' });
    await world.clock.advance(3000);
    await bob.engine.hide({ id: said.id });
    expect(bob.events).toContainEqual(expect.objectContaining({ type: 'removed', id: said.id }));
    expect(await find(bob, alice, said.id)).toBeUndefined();
    expect(bob.words()).not.toContain('seen by both');
    expect((await bob.engine.contacts({}))[0]!.unread).toBe(1);
    // A call whose answer was lost is made again.
    await bob.engine.hide({ id: said.id });
    await expect(bob.engine.react({ id: said.id, emoji: '👍' })).rejects.toMatchObject({ code: 'not-found' });
    const answer = bob.engine.send({ to: (await world.whois(alice)).address, text: 'x', replyTo: said.id });
    await expect(answer).rejects.toMatchObject({ code: 'not-found' });
    await alice.engine.edit({ id: said.id, text: 'changed' });
    await world.clock.advance(3000);
    expect(await find(bob, alice, said.id)).toBeUndefined();
    expect((await find(alice, bob, said.id))!.content).toEqual({ text: 'changed' });
    const waits = await alice.engine.send({ to: toBob, text: 'x' });
    await expect(alice.engine.hide({ id: waits.id })).rejects.toMatchObject({ code: 'not-allowed' });
  });

  it('ENG-33: a change that does not get there is told at its message, and tried again with it', async () => {
    const { alice, bob, toBob } = await couple(106, true);
    const said = await alice.engine.send({ to: toBob, text: 'first' });
    await world.clock.advance(3000);
    await bob.close();
    await alice.engine.react({ id: said.id, emoji: '👍' });
    await alice.engine.edit({ id: said.id, text: 'second' });
    await world.clock.advance(3000);
    const failed = await find(alice, bob, said.id);
    expect(failed!.amendmentProblem).toMatch(/^Your edit did not reach them\. Not delivered: they are not here now/);
    expect(failed!.content).toEqual({ text: 'second' });
    await bob.open();
    await world.clock.advance(3000);
    const again = await alice.engine.resend({ id: said.id });
    expect(again).not.toHaveProperty('amendmentProblem');
    await world.clock.advance(60_000);
    expect(await find(bob, alice, said.id)).toMatchObject({
      content: { text: 'second' },
      reactions: [{ emoji: '👍', name: 'Alice' }],
    });
  });

  it('ENG-3: a crash between any two commits loses no change and makes none twice', async () => {
    for (let n = 1; n <= 6; n++) {
      const { alice, bob, toBob } = await couple(110 + n);
      const said = await alice.engine.send({ to: toBob, text: 'first' });
      await world.clock.advance(3000);
      alice.crashAtCommit(n, n % 2 === 0 ? 'before' : 'after');
      const accepted = await alice.engine.edit({ id: said.id, text: 'second' }).then(
        () => true,
        () => false,
      );
      await world.clock.advance(3000);
      if (alice.isRunning) alice.crash();
      await alice.open();
      await world.clock.advance(120_000);
      const here = (await find(alice, bob, said.id))!;
      const there = (await find(bob, alice, said.id))!;
      expect(there.content).toEqual(here.content);
      // What was answered holds; what was not may have happened or not.
      expect([there.content, { accepted }]).not.toEqual([{ text: 'first' }, { accepted: true }]);
      await world.end();
    }
  });
});
