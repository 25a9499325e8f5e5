import { afterEach, describe, expect, it } from 'vitest';
import { World } from './world.ts';

let world = new World();
afterEach(() => world.end());

describe('people of different networks', () => {
  it('ENG-17: two nodes that never heard of each other, one person on each, talk', async () => {
    world = new World(40);
    const north = await world.node('ws://north.example:8080');
    const south = await world.node('ws://south.example:8080');
    const alice = await world.person('Alice', north);
    const bob = await world.person('Bob', south);
    await alice.engine.send({ to: (await world.whois(bob)).invite, text: 'Hello, south' });
    await world.clock.advance(5000);
    expect(await bob.engine.contacts({})).toMatchObject([{ status: 'request', profileName: 'Alice' }]);
    await bob.engine.send({ to: (await world.whois(alice)).address, text: 'Hello, north' });
    await world.clock.advance(10_000);
    expect(await alice.texts(bob)).toEqual(['Hello, south', 'Hello, north']);
    expect((await alice.messages(bob))[0]?.state).toBe('delivered');
    expect((await bob.messages(alice))[1]?.state).toBe('delivered');
  });

  it('ENG-17: each works while the other node is down', async () => {
    world = new World(41);
    const north = await world.node('ws://north.example:8080');
    const south = await world.node('ws://south.example:8080');
    const alice = await world.person('Alice', north);
    const bob = await world.person('Bob', south);
    await world.introduce(alice, bob);
    await alice.engine.send({ to: (await world.whois(bob)).address, text: 'one' });
    await world.clock.advance(5000);
    south.stop();
    await alice.engine.send({ to: (await world.whois(bob)).address, text: 'two' });
    await world.clock.advance(60_000);
    expect((await alice.messages(bob)).map(({ state }) => state)).toEqual(['delivered', 'waiting']);
    expect((await alice.engine.connection({})).state).toBe('online');
    south.start();
    await world.clock.until(async () => (await alice.messages(bob))[1]?.state === 'delivered', 400_000);
    expect(await bob.texts(alice)).toEqual(['one', 'two']);
  });

  it('ENG-11: a message waits here while its sender cannot be looked up, over a crash too, and holds up nobody', async () => {
    world = new World(43);
    const north = await world.node('ws://north.example:8080');
    const south = await world.node('ws://south.example:8080');
    const alice = await world.person('Alice', north);
    const bob = await world.person('Bob', south);
    const carol = await world.person('Carol', south);
    await world.introduce(alice, bob);
    await world.introduce(carol, bob);
    await bob.close();
    await alice.engine.send({ to: 'Bob', text: 'from the north' });
    await carol.engine.send({ to: 'Bob', text: 'from next door' });
    await world.clock.advance(5000);
    north.stop();
    await bob.open();
    await world.clock.advance(5000);
    expect([await bob.texts(alice), await bob.texts(carol)]).toEqual([[], ['from next door']]);
    bob.crash();
    await bob.open();
    await world.clock.advance(5000);
    expect(await bob.texts(alice)).toEqual([]);
    north.start();
    await world.clock.until(async () => (await bob.texts(alice)).length === 1, 600_000);
    await world.clock.until(async () => (await alice.messages(bob))[0]?.state === 'delivered', 600_000);
    expect(bob.store.all('SELECT * FROM parked')).toEqual([]);
  });

  it('ENG-11: a stranger cannot make us connect to a node of his choice', async () => {
    world = new World(42);
    const home = await world.node('ws://home.example:8080');
    const trap = await world.node('ws://trap.example:8080');
    const bob = await world.person('Bob', home);
    const mallory = await world.person('Mallory', trap);
    const dialled: string[] = [];
    await bob.close();
    bob.onDial = (url) => void dialled.push(url);
    await bob.open();
    await mallory.engine.send({ to: (await world.whois(bob)).invite, text: 'look here' });
    await world.clock.advance(20_000);
    expect(await bob.texts(mallory)).toEqual(['look here']);
    expect(new Set(dialled)).toEqual(new Set(['ws://home.example:8080']));
    await bob.engine.updateContact({ address: (await world.whois(mallory)).address, status: 'accepted' });
    await world.clock.advance(5000);
    expect(dialled).toContain('ws://trap.example:8080');
  });
});
