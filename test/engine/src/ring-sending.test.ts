import { nodeKeyOf } from '@sotto/protocol/ring';
import { afterEach, describe, expect, it } from 'vitest';
import { EPOCH_MS, RingWorld } from './ring-world.ts';
import type { Person, WorldNode } from './world.ts';

let world: RingWorld | null = null;
afterEach(async () => {
  await world?.end();
});

const keyOf = (node: WorldNode): string => nodeKeyOf(node.identity.nodeId);

async function two(count: number, seed: number): Promise<{ ring: RingWorld; alice: Person; bob: Person }> {
  const ring = (world = await RingWorld.of(count, seed));
  const alice = await ring.person('Alice', ring.members[0]!);
  const bob = await ring.person('Bob', ring.members[1]!);
  await ring.introduce(alice, bob);
  await ring.clock.advance(10_000);
  return { ring, alice, bob };
}

const lastOf = async (from: Person, to: Person) => (await from.messages(to)).at(-1)!;

describe('sending in a ring', () => {
  it('RING-72, RING-74, RING-75: is stored on three of three homes, through entries that are none of them', async () => {
    const { ring, alice, bob } = await two(6, 911);
    const { homes } = await ring.homesOf(bob);
    for (const node of ring.members) node.metrics.tunnels = 0;
    await alice.engine.send({ to: (await ring.whois(bob)).address, text: 'hello' });
    await ring.clock.until(async () => (await bob.texts(alice)).includes('hello'), 5000);
    await ring.clock.advance(1000);
    const sent = await lastOf(alice, bob);
    expect(sent).toMatchObject({ storedOn: 3, storedOf: 3 });
    expect(sent.storedNodes).toEqual([...homes].sort());
    const carried = ring.members.filter((node) => node.metrics.tunnels > 0).map(keyOf);
    expect(carried).not.toEqual([]);
    // Bob's answers go through others: to Alice's homes.
    const { homes: hers } = await ring.homesOf(alice);
    const both = homes.filter((home) => hers.includes(home));
    expect(carried.filter((entry) => both.includes(entry))).toEqual([]);
  });

  it('RING-73: with the first home dead it is stored on two, in less than a second, and comes once', async () => {
    const { ring, alice, bob } = await two(5, 912);
    const address = (await ring.whois(bob)).address;
    await alice.engine.send({ to: address, text: 'before' });
    await ring.clock.until(async () => (await bob.texts(alice)).includes('before'), 5000);
    const { homes } = await ring.homesOf(bob);
    ring.memberOf(homes[0]!).stop();
    const startMs = ring.clock.now();
    await alice.engine.send({ to: address, text: 'after' });
    const stored = async (): Promise<boolean> => ['stored', 'delivered'].includes((await lastOf(alice, bob)).state);
    await ring.clock.until(stored, 20_000);
    expect(ring.clock.now() - startMs).toBeLessThan(1000);
    await ring.clock.until(async () => (await bob.texts(alice)).includes('after'), 20_000);
    await ring.clock.advance(60_000);
    expect((await bob.texts(alice)).filter((text) => text === 'after')).toHaveLength(1);
    expect((await lastOf(alice, bob)).storedNodes).not.toContain(homes[0]);
  });

  it('RING-78: when the homes change, what waits for somebody who is away is stored again', async () => {
    const { ring, alice, bob } = await two(3, 913);
    const before = (await ring.homesOf(bob)).homes;
    await bob.close();
    await alice.engine.send({ to: (await ring.whois(bob)).address, text: 'when you are back' });
    await ring.clock.until(async () => (await lastOf(alice, bob)).storedOn === 3, 5000);
    let now = before;
    while (now.every((home) => before.includes(home))) {
      await ring.join();
      await ring.clock.advance(4 * EPOCH_MS);
      now = (await ring.homesOf(bob)).homes;
    }
    await ring.clock.until(
      async () => ((await lastOf(alice, bob)).storedNodes ?? []).join() === [...now].sort().join(),
      1_500_000,
    );
    await bob.open();
    await ring.clock.until(async () => (await bob.texts(alice)).includes('when you are back'), 60_000);
    await ring.clock.advance(60_000);
    expect(await bob.texts(alice)).toEqual(['when you are back']);
  });
});
