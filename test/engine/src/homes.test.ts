import { afterEach, describe, expect, it } from 'vitest';
import { parseAddress } from '@sotto/protocol/identity';
import { EPOCH_MS, RingWorld } from './ring-world.ts';
import type { Person, WorldNode } from './world.ts';

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
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
    expect(connection.homesBehind).toBeUndefined();
  });

  it('RING-66: a new account tells how many of its homes lack its keys, until they have them', async () => {
    world = await RingWorld.of(3, 909);
    const cut = world.members[2]!;
    cut.stop();
    const alice = await world.person('Alice', world.members[0]!);
    await world.clock.until(async () => (await alice.engine.connection()).homesBehind === 1, 30_000);
    expect(await alice.engine.connection()).toMatchObject({ state: 'online', homes: 3 });
    cut.start();
    await world.clock.until(async () => (await alice.engine.connection()).homesBehind === undefined, 60_000);
    expect(await countsAt(cut, alice, world)).toEqual([100, 20]);
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

  it('RING-68: what the attached home lacks or withholds comes by another within three minutes, once', async () => {
    world = await RingWorld.of(3, 903);
    const alice = await world.person('Alice', world.members[0]!);
    const bob = await world.person('Bob', world.members[1]!);
    await world.introduce(alice, bob);
    await world.clock.advance(10_000);
    const cut = world.memberOf(await attachedTo(bob));
    world.separate(cut);
    alice.unreachable.add(cut.url);
    await alice.engine.send({ to: (await world.whois(bob)).address, text: 'do you hear me?' });
    await world.clock.advance(1000);
    expect(await bob.texts(alice)).toEqual([]);
    expect((await alice.messages(bob)).map(({ state }) => state)).toEqual(['stored']);
    await world.clock.until(async () => (await bob.texts(alice)).length > 0, 190_000);
    expect(await attachedTo(bob)).toBe(toHex(cut.identity.nodeId));
    const account = parseAddress((await world.whois(bob)).address);
    // Both others hear that he has it: the one it came from, and the one that brings it once more.
    await world.clock.advance(200_000);
    const waiting = await Promise.all(world.members.map(({ store }) => store!.waiting(account, 1)));
    expect(waiting).toEqual([0, 0, 0]);
    expect(await bob.texts(alice)).toEqual(['do you hear me?']);
  });

  it('RING-66: a dead home keeps nobody from publishing at the others, and gets its keys when it is back', async () => {
    world = await RingWorld.of(3, 904);
    const dead = world.members[2]!;
    dead.stop();
    const alice = await world.person('Alice', world.members[0]!);
    await world.clock.advance(10_000);
    const counts = async (): Promise<number[]> => {
      const held = await Promise.all(world!.members.map((member) => countsAt(member, alice, world!)));
      return held.map(([oneTime]) => oneTime);
    };
    expect(await counts()).toEqual([100, 100, 0]);
    expect(await alice.engine.connection()).toMatchObject({ state: 'online', homes: 3 });
    dead.start();
    await world.clock.advance(200_000);
    expect(await counts()).toEqual([100, 100, 100]);
  });

  it('RING-63: when a node joins and becomes a home it gets keys, and the device list with every device', async () => {
    world = await RingWorld.of(2, 905);
    const alice = await world.person('Alice', world.members[0]!);
    await world.clock.advance(10_000);
    expect(await alice.engine.connection()).toMatchObject({ homes: 2 });
    const laptop = await world.device(alice, 'laptop', world.members[1]!);
    const joined = await world.join();
    await world.clock.until(async () => (await alice.engine.connection()).homes === 3, 10 * EPOCH_MS);
    await world.clock.advance(200_000);
    expect(await laptop.engine.connection()).toMatchObject({ state: 'online', homes: 3 });
    const account = parseAddress((await world.whois(alice)).address);
    expect(await joined.store!.keyCounts(account, 1)).toMatchObject({ oneTime: 100 });
    expect(await joined.store!.keyCounts(account, 2)).toMatchObject({ oneTime: 100 });
    expect((await joined.store!.access(account))?.devices).toEqual([1, 2]);
    expect((await joined.store!.access(account))?.capabilityHash).not.toBeNull();
  });
});
