import { afterEach, describe, expect, it } from 'vitest';
import { openEngine } from '@sotto/engine';
import { World } from './world.ts';

let world = new World();
afterEach(() => world.end());

describe('faults of our own', () => {
  it('ENG-2, ENG-3: a full disk refuses what is new in words, loses nothing, and goes on when there is room', async () => {
    world = new World(110);
    const node = await world.node();
    const [alice, bob] = [await world.person('Alice', node), await world.person('Bob', node)];
    await world.introduce(alice, bob);
    const toBob = (await world.whois(bob)).address;
    await alice.engine.send({ to: toBob, text: 'one' });
    await world.clock.advance(3000);
    bob.diskFull = true;
    await alice.engine.send({ to: toBob, text: 'two' });
    await world.clock.advance(12_000);
    expect(await bob.texts(alice)).toEqual(['one']);
    await expect(bob.engine.send({ to: 'Alice', text: 'x' })).rejects.toMatchObject({ code: 'disk-full', retry: true });
    expect(bob.events).toContainEqual(expect.objectContaining({ type: 'notice', code: 'disk-full' }));
    expect((await alice.messages(bob)).map(({ state }) => state)).toEqual(['delivered', 'stored']);
    bob.diskFull = false;
    await world.clock.advance(12_000);
    expect(await bob.texts(alice)).toEqual(['one', 'two']);
    expect((await alice.messages(bob)).map(({ state }) => state)).toEqual(['delivered', 'delivered']);

    alice.diskFull = true;
    await world.clock.advance(1000);
    await expect(alice.engine.send({ to: toBob, text: 'three' })).rejects.toMatchObject({ code: 'disk-full' });
    alice.diskFull = false;
    await alice.engine.send({ to: toBob, text: 'three, again' });
    alice.diskFull = true;
    await world.clock.advance(7000);
    alice.diskFull = false;
    await world.clock.advance(12_000);
    expect(await bob.texts(alice)).toEqual(['one', 'two', 'three, again']);
    expect((await alice.messages(bob)).at(-1)?.state).toBe('delivered');
  });

  it('ENG-3: what could not be written is not acknowledged: it comes again after a crash', async () => {
    world = new World(115);
    const node = await world.node();
    const [alice, bob] = [await world.person('Alice', node), await world.person('Bob', node)];
    await world.introduce(alice, bob);
    bob.diskFull = true;
    await alice.engine.send({ to: 'Bob', text: 'precious' });
    await world.clock.advance(7000);
    bob.crash();
    bob.diskFull = false;
    await bob.open();
    await world.clock.advance(3000);
    expect(await bob.texts(alice)).toEqual(['precious']);
  });

  it('ENG-1, ENG-9, ENG-40: a damaged session row holds up nobody else, and is replaced', async () => {
    world = new World(111);
    const node = await world.node();
    const [alice, bob, carol] = [
      await world.person('Alice', node),
      await world.person('Bob', node),
      await world.person('Carol', node),
    ];
    await world.introduce(alice, bob);
    await world.introduce(carol, bob);
    await alice.engine.send({ to: 'Bob', text: 'one' });
    await world.clock.advance(3000);
    await bob.close();
    bob.store.run('UPDATE session SET sealed = ?', new Uint8Array(100));
    await alice.engine.send({ to: 'Bob', text: 'two' });
    await carol.engine.send({ to: 'Bob', text: 'hi' });
    await world.clock.advance(3000);
    await bob.open();
    await world.clock.advance(10_000);
    expect(await bob.texts(carol)).toEqual(['hi']);
    expect(await bob.texts(alice)).toEqual(['one', 'two']);
  });
});

describe('keys over time', () => {
  it('ENG-20: signed and sealing keys are replaced weekly, old ones still open what was made with them', async () => {
    world = new World(112);
    const node = await world.node();
    const [alice, bob] = [await world.person('Alice', node), await world.person('Bob', node)];
    await world.introduce(alice, bob);
    const sealKeys = (): number[] =>
      bob.store.all('SELECT id FROM prekey WHERE kind = 3 ORDER BY id').map((row) => Number(row['id']));
    await alice.engine.send({ to: 'Bob', text: 'first' });
    await world.clock.advance(3000);
    expect(sealKeys()).toEqual([1]);
    const sleep = async (days: number): Promise<void> => {
      await bob.close();
      await alice.close();
      await world.clock.advance(days * 86_400_000);
      await alice.open();
      await bob.open();
      await world.clock.advance(2000);
    };
    await sleep(8);
    expect(sealKeys()).toHaveLength(2);
    await alice.engine.send({ to: 'Bob', text: 'sealed to the old key' });
    await world.clock.advance(3000);
    await sleep(10);
    await alice.engine.send({ to: 'Bob', text: 'sealed to a new key' });
    await world.clock.advance(3000);
    expect(await bob.texts(alice)).toEqual(['first', 'sealed to the old key', 'sealed to a new key']);
    for (let week = 0; week < 8; week++) await sleep(8);
    expect(sealKeys().length).toBeLessThan(9);
    expect(sealKeys()[0]).toBeGreaterThan(1);
  });

  it('ENG-20: one-time keys are deleted when used and filled up when few are left', async () => {
    world = new World(113);
    const node = await world.node();
    const bob = await world.person('Bob', node);
    const count = (): unknown => bob.store.get('SELECT count(*) AS n FROM prekey WHERE kind = 4')?.['n'];
    expect(count()).toBe(100);
    const alice = await world.person('Alice', node);
    await alice.engine.send({ to: (await world.whois(bob)).invite, text: 'hi' });
    await world.clock.advance(3000);
    expect(count()).toBe(99);
  });
});

describe('another node', () => {
  it('ENG-13, ENG-17: who moves to another node is found there by his contacts', async () => {
    world = new World(114);
    const north = await world.node('ws://north.example:8080');
    const south = await world.node('ws://south.example:8080');
    const [alice, bob] = [await world.person('Alice', north), await world.person('Bob', north)];
    await world.introduce(alice, bob);
    await alice.engine.send({ to: 'Bob', text: 'one' });
    await world.clock.advance(3000);
    await bob.close();
    const moved = await openEngine(bob.platform, { node: 'http://south.example:8080/' });
    await world.clock.advance(3000);
    expect(await moved.whoami({})).toMatchObject({ node: 'ws://south.example:8080' });
    expect((await moved.connection({})).state).toBe('online');
    await moved.send({ to: 'Alice', text: 'I live in the south now' });
    await world.clock.advance(3000);
    await alice.engine.send({ to: 'Bob', text: 'nice' });
    await world.clock.advance(3000);
    const { messages } = await moved.history({});
    expect(messages.map(({ content }) => content)).toEqual([
      { text: 'one' },
      { text: 'I live in the south now' },
      { text: 'nice' },
    ]);
    expect(south.metrics.stored).toBeGreaterThan(0);
    await world.during(moved.close());
  });
});
