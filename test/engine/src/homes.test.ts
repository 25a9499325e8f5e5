import { afterEach, describe, expect, it } from 'vitest';
import { parseAddress } from '@sotto/protocol/identity';
import { RingWorld } from './ring-world.ts';
import type { Person, WorldNode } from './world.ts';

let world: RingWorld | null = null;
afterEach(async () => {
  await world?.end();
});

const attachedTo = async (person: Person): Promise<string> =>
  (await person.engine.connection()).attached?.nodeId ?? 'none';

async function countsAt(node: WorldNode, of: Person, ring: RingWorld): Promise<[number, number]> {
  const account = parseAddress((await ring.whois(of)).address);
  const counts = await node.store!.keyCounts(account, 1);
  return [counts.oneTime, counts.oneTimeKyber];
}

describe('several homes', () => {
  it('RING-63, RING-66: a new account finds its homes from any node, and each gets keys', async () => {
    world = await RingWorld.of(4, 901);
    const alice = await world.person('Alice', world.members[0]!);
    await world.clock.advance(10_000);
    const { homes } = await world.homesOf(alice);
    const connection = await alice.engine.connection();
    expect(connection).toMatchObject({ state: 'online', homes: 3 });
    expect(homes).toContain(connection.attached?.nodeId);
    const held = [];
    for (const member of world.members) held.push(await countsAt(member, alice, world));
    expect(held.filter(([oneTime, kyber]) => oneTime === 100 && kyber === 20)).toHaveLength(3);
  });

  it('RING-65: a home that dies is replaced within five seconds, and nothing is lost', async () => {
    world = await RingWorld.of(3, 902);
    const alice = await world.person('Alice', world.members[0]!);
    const bob = await world.person('Bob', world.members[1]!);
    await world.introduce(alice, bob);
    await world.clock.advance(10_000);
    const first = await attachedTo(bob);
    world.memberOf(first).stop();
    await world.clock.until(async () => (await bob.engine.connection()).state === 'online', 5000);
    expect(await attachedTo(bob)).not.toBe(first);
    await alice.engine.send({ to: (await world.whois(bob)).address, text: 'still there?' });
    await world.clock.until(async () => (await bob.texts(alice)).includes('still there?'), 20_000);
    await bob.engine.send({ to: (await world.whois(alice)).address, text: 'yes' });
    await world.clock.until(async () => (await alice.texts(bob)).includes('yes'), 20_000);
    expect((await bob.engine.connection()).problem).toBeUndefined();
  });
});
