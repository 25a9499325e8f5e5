import { afterEach, describe, expect, it } from 'vitest';
import type { Message } from '@sotto/engine';
import { World } from './world.ts';
import type { Person, WorldNode } from './world.ts';

let world = new World();
afterEach(() => world.end());

const MINUTE_MS = 60_000;

async function couple(
  seed: number,
): Promise<{ node: WorldNode; alice: Person; bob: Person; toAlice: string; toBob: string }> {
  world = new World(seed);
  const node = await world.node();
  const alice = await world.person('Alice', node);
  const bob = await world.person('Bob', node);
  await world.introduce(alice, bob);
  const [a, b] = [await world.whois(alice), await world.whois(bob)];
  await alice.engine.send({ to: b.address, text: 'stays' });
  await world.clock.advance(3000);
  return { node, alice, bob, toAlice: a.address, toBob: b.address };
}

const find = async (person: Person, other: Person, id: string): Promise<Message | undefined> =>
  (await person.messages(other)).find((message) => message.id === id);

async function readAll(person: Person, other: Person): Promise<void> {
  const messages = await person.messages(other);
  const conversation = (await world.whois(other)).address;
  await person.engine.markRead({ conversation, upTo: messages.at(-1)!.position });
}

describe('messages that disappear', () => {
  it('ENG-34: both sides know the timer; the time runs from the sending here, from the first display there', async () => {
    const { alice, bob, toBob, toAlice } = await couple(200);
    expect((await alice.engine.setTimer({ conversation: toBob, seconds: 300 })).timer).toBe(300);
    await world.clock.advance(3000);
    expect((await bob.engine.contacts({}))[0]!.timer).toBe(300);
    expect((await bob.messages(alice)).at(-1)!.content).toEqual({ timer: 300 });
    const said = await alice.engine.send({ to: toBob, text: 'burn after reading' });
    await world.clock.advance(2 * MINUTE_MS);
    expect(await find(alice, bob, said.id)).toMatchObject({ disappearAfter: 300, expiresAt: expect.any(Number) });
    expect(await find(bob, alice, said.id)).toMatchObject({ disappearAfter: 300 });
    expect(await find(bob, alice, said.id)).not.toHaveProperty('expiresAt');
    await readAll(bob, alice);
    const until = (await find(bob, alice, said.id))!.expiresAt!;
    expect(until).toBe(world.clock.now() + 5 * MINUTE_MS);
    await alice.engine.edit({ id: said.id, text: 'burn it after reading' });
    const answer = await bob.engine.send({ to: toAlice, text: 'will do', replyTo: said.id });
    await world.clock.advance(2 * MINUTE_MS);
    // The edit keeps the deadline.
    expect((await find(bob, alice, said.id))!.expiresAt).toBe(until);
    await world.clock.advance(MINUTE_MS);
    expect(await find(alice, bob, said.id)).toBeUndefined();
    expect(alice.words()).not.toContain('burn');
    expect((await alice.engine.search({ text: 'burn' })).messages).toEqual([]);
    expect(alice.events).toContainEqual(expect.objectContaining({ type: 'removed', id: said.id }));
    expect((await find(alice, bob, answer.id))!.replyTo).toEqual({ id: said.id, from: '', name: '', text: '' });
    expect((await find(bob, alice, said.id))!.content).toEqual({ text: 'burn it after reading' });
    await world.clock.advance(2 * MINUTE_MS);
    expect(await find(bob, alice, said.id)).toBeUndefined();
    expect(bob.words()).not.toContain('burn');
    expect((await bob.engine.search({ text: 'burn' })).messages).toEqual([]);
    expect(await bob.texts(alice)).toContain('stays');
  });

  it('ENG-34: deadlines hold over crashes, and what ran out meanwhile is gone at the start', async () => {
    const { alice, bob, toBob } = await couple(201);
    await alice.engine.setTimer({ conversation: toBob, seconds: 60 });
    const said = await alice.engine.send({ to: toBob, text: 'short' });
    await world.clock.advance(3000);
    await readAll(bob, alice);
    bob.crash();
    alice.crash();
    await world.clock.advance(10_000);
    await alice.open();
    expect((await find(alice, bob, said.id))!.content).toEqual({ text: 'short' });
    await world.clock.advance(MINUTE_MS);
    expect(await find(alice, bob, said.id)).toBeUndefined();
    await bob.open();
    await world.clock.advance(10);
    expect(await find(bob, alice, said.id)).toBeUndefined();
    expect(bob.words()).not.toContain('short');
  });

  it('ENG-34: what was never handed over does not disappear unsent', async () => {
    const { node, alice, bob, toBob } = await couple(202);
    await alice.engine.setTimer({ conversation: toBob, seconds: 30 });
    await world.clock.advance(3000);
    node.stop();
    const said = await alice.engine.send({ to: toBob, text: 'patient' });
    await world.clock.advance(10 * MINUTE_MS);
    expect(await find(alice, bob, said.id)).toMatchObject({ content: { text: 'patient' } });
    expect(await find(alice, bob, said.id)).not.toHaveProperty('expiresAt');
    node.start();
    await world.clock.advance(2 * MINUTE_MS);
    expect(await find(alice, bob, said.id)).toBeUndefined();
    expect((await find(bob, alice, said.id))!.content).toEqual({ text: 'patient' });
  });

  it('ENG-34: the timer that was set last counts at both sides, also when both set one at once', async () => {
    const { alice, bob, toBob, toAlice } = await couple(203);
    await alice.engine.setTimer({ conversation: toBob, seconds: 60 });
    await bob.engine.setTimer({ conversation: toAlice, seconds: 3600 });
    await world.clock.advance(3000);
    const [atAlice, atBob] = [(await alice.engine.contacts({}))[0]!, (await bob.engine.contacts({}))[0]!];
    expect(atAlice.timer).toBe(atBob.timer);
    await alice.engine.setTimer({ conversation: toBob, seconds: 0 });
    await world.clock.advance(3000);
    expect((await bob.engine.contacts({}))[0]!.timer).toBe(0);
    const said = await bob.engine.send({ to: toAlice, text: 'stays again' });
    expect(said).not.toHaveProperty('disappearAfter');
    for (const seconds of [-1, 1.5, 31_536_001]) {
      const set = alice.engine.setTimer({ conversation: toBob, seconds });
      await expect(set).rejects.toMatchObject({ code: 'bad-input' });
    }
  });
});
