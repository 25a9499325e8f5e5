import { afterEach, describe, expect, it } from 'vitest';
import { World } from './world.ts';
import type { Person, WorldNode } from './world.ts';

let world = new World();
afterEach(() => world.end());

async function couple(
  seed: number,
): Promise<{ node: WorldNode; alice: Person; bob: Person; toBob: string; toAlice: string }> {
  world = new World(seed);
  const node = await world.node();
  const alice = await world.person('Alice', node);
  const bob = await world.person('Bob', node);
  await world.introduce(alice, bob);
  const [a, b] = [await world.whois(alice), await world.whois(bob)];
  return { node, alice, bob, toBob: b.address, toAlice: a.address };
}

const numbered = (name: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${name} ${i + 1}`);

describe('delivery through a node that stores', () => {
  it('ENG-3: what is sent while the other is away is there when he comes back, once and in order', async () => {
    const { alice, bob, toBob } = await couple(2);
    await bob.close();
    const texts = numbered('hello', 20);
    for (const text of texts) await alice.engine.send({ to: toBob, text });
    await world.clock.until(async () => (await alice.messages(bob)).every(({ state }) => state === 'stored'));
    await bob.open();
    await world.clock.until(async () => (await bob.engine.connection({})).state === 'online');
    expect(await bob.texts(alice)).toEqual(texts);
    await world.clock.until(async () => (await alice.messages(bob)).every(({ state }) => state === 'delivered'));
    expect(alice.store.all('SELECT * FROM outbox')).toEqual([]);
  });

  it('ENG-14: a new account sends nothing before others could answer, then everything', async () => {
    world = new World(61);
    const theirs = await world.node();
    const bob = await world.person('Bob', theirs);
    const ours = await world.node('ws://new.example:8080');
    const carol = await world.person('Carol', ours);
    carol.store.run("DELETE FROM meta WHERE name = 'published'");
    carol.crash();
    ours.stop();
    await carol.open();
    const { address } = await carol.engine.add({ to: (await world.whois(bob)).invite });
    await carol.engine.send({ to: address, text: 'my first words' });
    await world.clock.advance(120_000);
    expect(await carol.messages(bob)).toMatchObject([{ state: 'waiting' }]);
    expect(await bob.engine.contacts({})).toEqual([]);
    ours.start();
    await world.clock.until(async () => (await bob.engine.contacts({})).length === 1);
    expect(await bob.texts(carol)).toEqual(['my first words']);
  });

  it('ENG-6: what is sent while the node is down waits with a reason, and goes by itself', async () => {
    const { node, alice, bob, toBob } = await couple(3);
    node.stop();
    const sent = await alice.engine.send({ to: toBob, text: 'anybody there?' });
    expect(sent.state).toBe('waiting');
    await world.clock.advance(40_000);
    expect((await alice.messages(bob))[0]).toMatchObject({
      state: 'waiting',
      problem: expect.stringContaining('cannot be reached'),
    });
    expect(await alice.engine.connection({})).toMatchObject({ state: 'offline', waiting: 1 });
    node.start();
    await world.clock.until(async () => (await bob.texts(alice)).length === 1);
    await world.clock.until(async () => (await alice.messages(bob))[0]?.state === 'delivered');
    expect((await alice.messages(bob))[0]?.problem).toBeUndefined();
  });

  it('ENG-2: waiting for a state answers when it is reached', async () => {
    const { alice, toBob } = await couple(4);
    const sending = alice.engine.send({ to: toBob, text: 'one', wait: 'delivered', timeoutMs: 20_000 });
    await world.clock.advance(10_000);
    expect((await sending).state).toBe('delivered');
  });

  it('ENG-10: who ends right after reading still tells that it is here', async () => {
    const { alice, bob, toBob } = await couple(9);
    await bob.close();
    await alice.engine.send({ to: toBob, text: 'one' });
    await world.clock.advance(2000);
    await bob.open();
    await world.clock.until(async () => (await bob.texts(alice)).length === 1);
    await bob.close();
    await world.clock.advance(1000);
    expect((await alice.messages(bob))[0]?.state).toBe('delivered');
    await alice.engine.send({ to: toBob, text: 'two' });
    await alice.close();
    await bob.open();
    await world.clock.advance(2000);
    await alice.open();
    expect(await bob.texts(alice)).toEqual(['one', 'two']);
  });

  it('ENG-2: the same id again sends nothing', async () => {
    const { alice, bob, toBob } = await couple(5);
    const id = 'ab'.repeat(16);
    const first = await alice.engine.send({ id, to: toBob, text: 'once' });
    await world.clock.advance(3000);
    const second = await alice.engine.send({ id, to: toBob, text: 'once' });
    await world.clock.advance(3000);
    expect(first.id).toBe(id);
    expect(second).toMatchObject({ id, position: first.position, state: 'delivered' });
    expect(await bob.texts(alice)).toEqual(['once']);
  });

  it('ENG-3: both write at once, from the first message on', async () => {
    const { alice, bob, toBob, toAlice } = await couple(6);
    const [fromAlice, fromBob] = [numbered('a', 30), numbered('b', 30)];
    for (let i = 0; i < 30; i++) {
      await alice.engine.send({ to: toBob, text: fromAlice[i]! });
      await bob.engine.send({ to: toAlice, text: fromBob[i]! });
      if (i % 7 === 0) await world.clock.advance(20);
    }
    await world.clock.until(async () => (await alice.texts(bob)).length + (await bob.texts(alice)).length === 120);
    for (const [person, other] of [[alice, bob] as const, [bob, alice] as const]) {
      const texts = await person.texts(other);
      expect(texts.filter((text) => text.startsWith('a '))).toEqual(fromAlice);
      expect(texts.filter((text) => text.startsWith('b '))).toEqual(fromBob);
    }
    await world.clock.advance(5000);
    expect(
      (await alice.messages(bob)).filter(({ outgoing }) => outgoing).every(({ state }) => state === 'delivered'),
    ).toBe(true);
  });

  it('ENG-3, ENG-5: nothing is lost, doubled or reordered wherever either process dies', async () => {
    for (const when of ['before', 'after'] as const) {
      for (let n = 1; n <= 9; n++) {
        const { alice, bob, toBob, toAlice } = await couple(100 + n);
        const [fromAlice, fromBob] = [numbered('a', 6), numbered('b', 6)];
        alice.crashAtCommit(n, when);
        bob.crashAtCommit(10 - n, when);
        const again = async (person: Person, to: string, id: string, text: string): Promise<void> => {
          for (;;) {
            if (!person.isRunning) await person.open();
            try {
              await person.engine.send({ id, to, text });
              return;
            } catch (error) {
              if (person.isRunning) throw error;
            }
          }
        };
        for (let i = 0; i < 6; i++) {
          await again(alice, toBob, `a${i}`.padEnd(32, '0'), fromAlice[i]!);
          await again(bob, toAlice, `b${i}`.padEnd(32, '0'), fromBob[i]!);
          await world.clock.advance(300);
        }
        for (let i = 0; i < 40; i++) {
          if (!alice.isRunning) await alice.open();
          if (!bob.isRunning) await bob.open();
          await world.clock.advance(2000);
        }
        const seen = { alice: await alice.texts(bob), bob: await bob.texts(alice), n, when };
        expect(
          seen.bob.filter((text) => !text.startsWith('b')),
          JSON.stringify(seen),
        ).toEqual(fromAlice);
        expect(
          seen.alice.filter((text) => !text.startsWith('a')),
          JSON.stringify(seen),
        ).toEqual(fromBob);
        const states = (await alice.messages(bob)).filter(({ outgoing }) => outgoing).map(({ state }) => state);
        expect(new Set(states), JSON.stringify({ n, when, states })).toEqual(new Set(['delivered']));
        await world.end();
      }
    }
  });

  it('ENG-6: without a receipt the envelope is stored again after a day, and given up at its expiry', async () => {
    const { node, alice, bob, toBob } = await couple(7);
    await bob.close();
    await alice.engine.send({ to: toBob, text: 'for later' });
    await world.clock.advance(5000);
    expect((await alice.messages(bob))[0]?.state).toBe('stored');
    const before = node.metrics.duplicates;
    await world.clock.advance(25 * 3_600_000);
    expect(node.metrics.duplicates).toBe(before + 1);
    await alice.close();
    await world.clock.advance(14 * 24 * 3_600_000);
    await alice.open();
    await world.clock.advance(1000);
    expect((await alice.messages(bob))[0]).toMatchObject({
      state: 'failed',
      problem: expect.stringContaining('Send it again?'),
    });
    await bob.open();
    await world.clock.advance(2000);
    expect(await bob.texts(alice)).toEqual([]);
    const [failed] = await alice.messages(bob);
    expect((await alice.engine.resend({ id: failed!.id })).state).toBe('waiting');
    await world.clock.until(async () => (await alice.messages(bob))[0]?.state === 'delivered');
    expect(await bob.texts(alice)).toEqual(['for later']);
  });

  it('ENG-2: a text that does not fit is refused with its limit, the longest that fits arrives', async () => {
    const { alice, bob, toBob } = await couple(8);
    await expect(alice.engine.send({ to: toBob, text: 'é'.repeat(21_001) })).rejects.toMatchObject({
      code: 'too-long',
      message: expect.stringContaining('42,000'),
    });
    const longest = 'x'.repeat(42_000);
    await alice.engine.send({ to: toBob, text: longest });
    await world.clock.until(async () => (await bob.texts(alice)).length === 1);
    expect(await bob.texts(alice)).toEqual([longest]);
  });
});
