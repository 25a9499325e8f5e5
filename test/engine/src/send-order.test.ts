import { afterEach, describe, expect, it } from 'vitest';
import { World } from './world.ts';

let world = new World();
afterEach(() => world.end());

describe('the order of what is sent', () => {
  it('ENG-7: what is written while older messages wait for their next attempt does not overtake them', async () => {
    world = new World(80);
    const node = await world.node();
    const alice = await world.person('Alice', node);
    const bob = await world.person('Bob', node);
    await world.introduce(alice, bob);
    const to = (await world.whois(bob)).address;
    node.stop();
    for (const text of ['one', 'two']) await alice.engine.send({ to, text });
    await world.clock.advance(20_000);
    node.start();
    // The way is open again, and the next attempt of the older ones is still to come.
    await alice.engine.send({ to, text: 'three' });
    await world.clock.advance(200_000);
    expect(await bob.texts(alice)).toEqual(['one', 'two', 'three']);
    expect((await alice.messages(bob)).map(({ state }) => state)).toEqual(['delivered', 'delivered', 'delivered']);
  });
});
