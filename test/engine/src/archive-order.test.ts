import { afterEach, describe, expect, it } from 'vitest';
import type { RelayStore } from '@sotto/node';
import { World } from './world.ts';
import type { Person, WorldNode } from './world.ts';

let world = new World();
afterEach(() => world.end());

type Items = Parameters<RelayStore['store']>[0];

/** A node that keeps large envelopes for one device aside for a while: parts of an archive. */
class SlowForLarge {
  device = 0;
  readonly #aside: Items[number][] = [];

  readonly wrap = (store: RelayStore): RelayStore =>
    new Proxy(store, {
      get: (target, name) => {
        if (name === 'store') {
          return async (items: Items) => {
            const now = items.filter((item) => !this.#isLarge(item));
            this.#aside.push(...items.filter((item) => this.#isLarge(item)));
            const outcomes = await target.store(now);
            return items.map((item) => outcomes[now.indexOf(item)] ?? 'duplicate');
          };
        }
        const member = Reflect.get(target, name) as unknown;
        return typeof member === 'function' ? (member.bind(target) as unknown) : member;
      },
    });

  /** What was kept aside is there when the device attaches the next time. @returns how much that is */
  async goOn(store: RelayStore): Promise<number> {
    this.device = 0;
    return (await store.store(this.#aside)).length;
  }

  #isLarge({ device, body }: Items[number]): boolean {
    return device === this.device && body.length > 20_000;
  }
}

/** Five messages, of which four may come to a tablet as copies before the archive that it was promised. */
async function joined(
  seed: number,
): Promise<{ slow: SlowForLarge; node: WorldNode; alice: Person; bob: Person; tablet: Person }> {
  world = new World(seed);
  const slow = new SlowForLarge();
  const node = await world.node(undefined, { wrap: slow.wrap });
  const alice = await world.person('Alice', node);
  const bob = await world.person('Bob', node);
  await world.introduce(alice, bob);
  const [toAlice, toBob] = [(await world.whois(alice)).address, (await world.whois(bob)).address];
  await world.device(alice, 'phone', node);
  await alice.engine.send({ to: toBob, text: 'x'.repeat(21_000) });
  await world.clock.advance(65_000);
  // Their copies leave 1 to 30 s later: the tablet is there by then.
  for (const text of ['one', 'two', 'three', 'four']) await alice.engine.send({ to: toBob, text });
  await world.clock.advance(300);
  await bob.engine.send({ to: toAlice, text: 'last' });
  await world.clock.advance(300);
  slow.device = 3;
  const tablet = await world.device(alice, 'tablet', node);
  await alice.engine.send({ to: toBob, text: 'after' });
  await world.clock.advance(65_000);
  return { slow, node, alice, bob, tablet };
}

describe('the history of a device that joined', () => {
  it.each([2300, 2301])(
    'DEV-14: stands as on the device that told it, with what came as a copy before (%i)',
    async (seed) => {
      const { slow, node, alice, bob, tablet } = await joined(seed);
      expect(await tablet.texts(bob)).toEqual(['after']);
      expect(await slow.goOn(node.store!)).toBeGreaterThan(0);
      await tablet.close();
      await tablet.open();
      await world.clock.advance(70_000);
      const whole = await alice.texts(bob);
      expect(whole.slice(-6)).toEqual(['one', 'two', 'three', 'four', 'last', 'after']);
      expect(await tablet.texts(bob)).toEqual(whole);
      expect(Number(tablet.store.get('SELECT count(*) AS n FROM sync_missing')?.['n'])).toBe(0);
    },
  );

  it('DEV-14: a copy that waits for the archive is not confirmed before it is taken', async () => {
    const { slow, node, alice, tablet } = await joined(2303);
    const waiting = (): number =>
      Number(alice.store.get('SELECT count(*) AS n FROM outbox WHERE device = 3 AND stage = 2')?.['n']);
    // Four copies, and what was kept aside.
    const parts = await slow.goOn(node.store!);
    expect(waiting()).toBe(parts + 4);
    await tablet.close();
    await tablet.open();
    await world.clock.advance(120_000);
    expect(waiting()).toBe(0);
  });

  it('DEV-14: a copy does not wait for ever for an archive that does not come', async () => {
    const { bob, tablet } = await joined(2302);
    expect(await tablet.texts(bob)).toEqual(['after']);
    await world.clock.advance(2 * 3_600_000);
    expect(new Set(await tablet.texts(bob))).toEqual(new Set(['after', 'one', 'two', 'three', 'four']));
  });
});
