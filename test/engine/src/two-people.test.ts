import { afterEach, describe, expect, it } from 'vitest';
import type { Message } from '@sotto/engine';
import { World } from './world.ts';

let world = new World();
afterEach(() => world.end());

describe('two people at one node', () => {
  it('ENG-2, ENG-4: a message goes from waiting to stored to delivered to read', async () => {
    world = new World(1);
    const node = await world.node();
    const alice = await world.person('Alice', node);
    const bob = await world.person('Bob', node);
    await world.introduce(alice, bob);
    const { address } = await world.whois(bob);
    const sent = await alice.engine.send({ to: address, text: 'Good morning ☀️' });
    expect(sent.state).toBe('waiting');
    await world.clock.until(async () => (await bob.texts(alice)).length === 1);
    const [got] = await bob.messages(alice);
    expect(got).toMatchObject({ content: { text: 'Good morning ☀️' }, outgoing: false, name: 'Alice', id: sent.id });
    await world.clock.until(async () => (await alice.messages(bob))[0]?.state === 'delivered');
    await bob.engine.markRead({ conversation: (got as Message).conversation, upTo: (got as Message).position });
    await world.clock.until(async () => (await alice.messages(bob))[0]?.state === 'read');
    const states = alice.events.flatMap((event) => (event.type === 'changed' ? [event.message.state] : []));
    expect(states).toEqual(['stored', 'delivered', 'read']);
    expect((await alice.messages(bob))[0]?.storedOn).toBe(1);
  });
});
