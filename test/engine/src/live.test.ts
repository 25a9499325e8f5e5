import { afterEach, describe, expect, it } from 'vitest';
import { World } from './world.ts';

let world = new World();
afterEach(() => world.end());

const tokenOf = async (person: {
  engine: { whoami(params: Record<string, never>): Promise<{ token: string }> };
}): Promise<string> => (await person.engine.whoami({})).token;

describe('a live node', () => {
  it('ENG-19, TM-9: a token finds its owner, and the message is delivered at once', async () => {
    world = new World(60);
    const node = await world.node('ws://live.example:8080', { live: true });
    const alice = await world.person('Alice', node);
    const bob = await world.person('Bob', node);
    const token = await tokenOf(bob);
    expect(token).toMatch(/^[a-z2-7]{12}$/);
    await alice.engine.setProfile({ listed: true });
    await bob.engine.setProfile({ listed: true });
    await world.clock.advance(100);
    expect(await world.during(alice.engine.present({ token }))).toMatchObject([{ token, name: 'Bob' }]);
    expect((await world.during(alice.engine.present({}))).map(({ name }) => name).sort()).toEqual(['Alice', 'Bob']);
    const sent = await world.during(alice.engine.send({ to: token, text: 'psst', wait: 'delivered' }));
    expect(sent).toMatchObject({ state: 'delivered' });
    expect(await bob.texts(alice)).toEqual(['psst']);
    const asking = alice.engine.send({ to: 'aaaaaaaaaaaa', text: 'x' });
    await expect(world.during(asking)).rejects.toMatchObject({ code: 'unknown-contact' });
  });

  it('ENG-6, ENG-7: who is not here does not get it, said at once; sent again, it arrives without a wait', async () => {
    world = new World(61);
    const node = await world.node('ws://live.example:8080', { live: true });
    const alice = await world.person('Alice', node);
    const bob = await world.person('Bob', node);
    await world.introduce(alice, bob);
    const toBob = (await world.whois(bob)).address;
    await alice.engine.send({ to: toBob, text: 'one' });
    await world.clock.advance(2000);
    await bob.close();
    for (const text of ['two', 'three']) await alice.engine.send({ to: toBob, text });
    await world.clock.advance(2000);
    expect((await alice.messages(bob)).map(({ state }) => state)).toEqual(['delivered', 'failed', 'failed']);
    expect((await alice.messages(bob))[1]?.problem).toContain('not here');
    await bob.open();
    await world.clock.advance(500);
    await alice.engine.send({ to: toBob, text: 'four' });
    await world.clock.advance(1000);
    expect(await bob.texts(alice)).toEqual(['one', 'four']);
    const [, two] = await alice.messages(bob);
    await alice.engine.resend({ id: two!.id });
    await world.clock.advance(1000);
    expect(await bob.texts(alice)).toEqual(['one', 'four', 'two']);
  });

  it('ENG-19: a private room needs its key; the operator is heard by all or by one', async () => {
    world = new World(62);
    const psk = world.random(32);
    const node = await world.node('ws://room.example:8080', { live: true, psk });
    const alice = await world.person('Alice', node);
    const bob = await world.person('Bob', node);
    await world.clock.advance(100);
    expect(alice.events).toContainEqual(
      expect.objectContaining({ type: 'presence', joined: true, peer: expect.objectContaining({ name: 'Bob' }) }),
    );
    node.core?.announcer?.toAll('The room closes at ten');
    await world.clock.advance(100);
    for (const person of [alice, bob]) {
      expect(person.events).toContainEqual(
        expect.objectContaining({ type: 'announcement', text: 'The room closes at ten', personal: false }),
      );
    }
    await world.introduce(alice, bob);
    await alice.engine.send({ to: 'Bob', text: 'hello in here' });
    await world.clock.advance(1000);
    expect(await bob.texts(alice)).toEqual(['hello in here']);
    await bob.close();
    await world.clock.advance(100);
    expect(alice.events).toContainEqual(expect.objectContaining({ type: 'presence', joined: false }));
  });
});

describe('typing', () => {
  it('ENG-18: is shown, told at most every 3 s, and ends by itself or with the message', async () => {
    world = new World(63);
    const node = await world.node();
    const alice = await world.person('Alice', node);
    const bob = await world.person('Bob', node);
    await world.introduce(alice, bob);
    const toBob = (await world.whois(bob)).address;
    await alice.engine.typing({ to: toBob, active: true });
    await world.clock.advance(500);
    expect(bob.events.filter(({ type }) => type === 'typing')).toEqual([]);
    await alice.engine.send({ to: toBob, text: 'first' });
    await world.clock.advance(3000);
    const before = node.metrics.pushed;
    for (let i = 0; i < 10; i++) {
      await alice.engine.typing({ to: toBob, active: true });
      await world.clock.advance(200);
    }
    const typing = (): boolean[] => bob.events.flatMap((event) => (event.type === 'typing' ? [event.active] : []));
    expect(typing()).toEqual([true]);
    expect(node.metrics.pushed - before).toBeLessThanOrEqual(1);
    expect((await bob.engine.contacts({}))[0]?.typing).toBe(true);
    await world.clock.advance(6000);
    expect(typing()).toEqual([true, false]);
    await alice.engine.typing({ to: toBob, active: true });
    await world.clock.advance(100);
    await alice.engine.send({ to: toBob, text: 'second' });
    await world.clock.advance(500);
    expect(typing()).toEqual([true, false, true, false]);
    expect(await bob.texts(alice)).toEqual(['first', 'second']);
    expect(bob.store.get('SELECT count(*) AS n FROM seen')).toEqual({ n: expect.any(Number) });
  });
});
