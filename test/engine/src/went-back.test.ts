import { afterEach, describe, expect, it } from 'vitest';
import type { RelayStore } from '@sotto/node';
import { putImageBack, takeImage } from './disk-image.ts';
import { World } from './world.ts';
import type { Person } from './world.ts';

let world = new World();
afterEach(() => world.end());

/** Notes the order of what a node's store is asked, and may answer comparisons itself. */
class Watch {
  readonly calls: string[] = [];
  compare: ((expected: bigint, next: bigint) => Promise<bigint>) | null = null;

  readonly wrap = (store: RelayStore): RelayStore =>
    new Proxy(store, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          if (name === 'compareState' || name === 'store') this.calls.push(name);
          if (name === 'compareState' && this.compare !== null) {
            return this.compare(args[2] as bigint, args[3] as bigint);
          }
          return (value as (...given: unknown[]) => unknown).apply(target, args);
        };
      },
    });
}

async function couple(seed: number) {
  world = new World(seed);
  const watch = new Watch();
  const node = await world.node('ws://node.example:8080', { wrap: watch.wrap });
  const alice = await world.person('Alice', node);
  const bob = await world.person('Bob', node);
  await world.introduce(alice, bob);
  const [toBob, toAlice] = [(await world.whois(bob)).address, (await world.whois(alice)).address];
  await alice.engine.send({ to: toBob, text: 'a1' });
  await world.clock.advance(3000);
  await bob.engine.send({ to: toAlice, text: 'b1' });
  await world.clock.advance(40_000);
  return { watch, node, alice, bob, toBob, toAlice };
}

const notices = (person: Person): number =>
  person.events.filter((event) => event.type === 'notice' && event.code === 'storage-went-back').length;

/** Both write three times, each after the other. */
async function talk(both: { alice: Person; bob: Person; toBob: string; toAlice: string }, from: number): Promise<void> {
  for (let i = from; i < from + 3; i++) {
    await both.bob.engine.send({ to: both.toAlice, text: `b${i}` });
    await world.clock.advance(2000);
    await both.alice.engine.send({ to: both.toBob, text: `a${i}` });
    await world.clock.advance(2000);
  }
}

describe('storage that went back', () => {
  it('ENG-43, TM-40: is noticed before the first envelope, all sessions begin anew, and what is missing comes again', async () => {
    const both = await couple(320);
    const { alice, bob, toBob, toAlice, watch } = both;
    const image = takeImage(bob);
    await talk(both, 2);
    await bob.close();
    putImageBack(bob, image);
    const sessions = bob.store.all('SELECT tag FROM session').length;
    expect(sessions).toBe(1);
    watch.calls.length = 0;
    await bob.open();
    await bob.engine.send({ to: toAlice, text: 'b9' });
    await world.clock.advance(15_000);
    expect(notices(bob)).toBe(1);
    expect(watch.calls.indexOf('compareState')).toBe(0);
    // What Alice wrote meanwhile is here again, although she wrote nothing since.
    expect(await bob.texts(alice)).toEqual(expect.arrayContaining(['a1', 'a2', 'a3', 'a4', 'b1', 'b9']));
    expect(bob.events.some((event) => event.type === 'message' && 'undecryptable' in event.message.content)).toBe(
      false,
    );
    await alice.engine.send({ to: toBob, text: 'a9' });
    await world.clock.advance(40_000);
    expect((await bob.texts(alice)).toSorted()).toEqual(['a1', 'a2', 'a3', 'a4', 'a9', 'b1', 'b9']);
    expect((await alice.texts(bob)).toSorted()).toEqual(['a1', 'a2', 'a3', 'a4', 'a9', 'b1', 'b2', 'b3', 'b4', 'b9']);
    expect(alice.events.some((event) => event.type === 'message' && 'undecryptable' in event.message.content)).toBe(
      false,
    );
    expect((await bob.engine.doctor({})).checks.filter(({ ok }) => !ok)).toMatchObject([{ name: 'storage' }]);
  });

  it('ENG-43: a start without one, and a crash at any commit, is not taken for it', async () => {
    const both = await couple(321);
    const { alice, bob, toAlice } = both;
    await bob.close();
    for (const when of ['before', 'after'] as const) {
      for (let n = 1; n < 7; n++) {
        await bob.open();
        bob.crashAtCommit(n, when);
        await bob.engine.send({ to: toAlice, text: `${when} ${n}` }).catch(() => undefined);
        await world.clock.advance(31_000);
        if (bob.isRunning) bob.crash();
      }
    }
    await bob.open();
    await world.clock.advance(40_000);
    expect(notices(bob)).toBe(0);
    const texts = await alice.texts(bob);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('ENG-43, TM-41: a home that answers whatever is expected hides it; the first failed reply repairs it', async () => {
    const both = await couple(322);
    const { alice, bob, toBob, toAlice, watch } = both;
    watch.compare = (_expected, next) => Promise.resolve(next);
    const image = takeImage(bob);
    await talk(both, 2);
    await bob.close();
    putImageBack(bob, image);
    await bob.open();
    await bob.engine.send({ to: toAlice, text: 'b9' });
    await world.clock.advance(5000);
    await alice.engine.send({ to: toBob, text: 'a9' });
    await world.clock.advance(120_000);
    expect(notices(bob)).toBe(0);
    expect((await bob.texts(alice)).toSorted()).toEqual(['a1', 'a2', 'a3', 'a4', 'a9', 'b1', 'b9']);
    expect((await alice.texts(bob)).toSorted()).toEqual(['a1', 'a2', 'a3', 'a4', 'a9', 'b1', 'b2', 'b3', 'b4', 'b9']);
  });

  it('ENG-43: a home that does not answer delays the first envelope by 15 s, and no more', async () => {
    const { bob, toAlice, watch } = await couple(323);
    await bob.close();
    watch.compare = () => new Promise(() => undefined);
    await bob.open();
    await bob.engine.send({ to: toAlice, text: 'patience' });
    await world.clock.advance(13_000);
    expect((await bob.engine.history({})).messages.at(-1)?.state).toBe('waiting');
    await world.clock.advance(4000);
    expect((await bob.engine.history({})).messages.at(-1)?.state).toBe('delivered');
  });

  it('ENG-43: a home that lost what it kept is no reason to begin anew', async () => {
    const { alice, bob, toAlice, node, watch } = await couple(324);
    await bob.close();
    let value = 0n;
    watch.compare = (expected, next) => Promise.resolve(value === expected ? (value = next) : value);
    await bob.open();
    await bob.engine.send({ to: toAlice, text: 'b2' });
    await world.clock.advance(40_000);
    expect(notices(bob)).toBe(0);
    expect(value).not.toBe(0n);
    expect(await alice.texts(bob)).toContain('b2');
    expect(node.metrics.linksOpen).toBeGreaterThan(0);
  });

  it('ENG-43, TM-40: a profile that runs in two places is told so', async () => {
    const both = await couple(325);
    const { bob, toAlice } = both;
    const image = takeImage(bob);
    await bob.engine.send({ to: toAlice, text: 'from the original' });
    await world.clock.advance(310_000);
    await bob.close();
    const original = takeImage(bob);
    putImageBack(bob, image);
    await bob.open();
    await bob.engine.send({ to: toAlice, text: 'from the copy' });
    await world.clock.advance(310_000);
    expect(notices(bob)).toBe(1);
    await bob.close();
    putImageBack(bob, original);
    await bob.open();
    await bob.engine.send({ to: toAlice, text: 'from the original, later' });
    await world.clock.advance(310_000);
    expect(notices(bob)).toBe(2);
    const texts = await both.alice.texts(bob);
    expect(texts).toEqual(expect.arrayContaining(['from the original', 'from the copy', 'from the original, later']));
    expect(new Set(texts).size).toBe(texts.length);
  });
});
