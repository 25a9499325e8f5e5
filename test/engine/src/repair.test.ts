import { afterEach, describe, expect, it } from 'vitest';
import { World } from './world.ts';
import type { Person, WorldNode } from './world.ts';

let world = new World();
afterEach(() => world.end());

interface Couple {
  node: WorldNode;
  alice: Person;
  bob: Person;
  toBob: string;
  toAlice: string;
}

async function couple(seed: number): Promise<Couple> {
  world = new World(seed);
  const node = await world.node();
  const alice = await world.person('Alice', node);
  const bob = await world.person('Bob', node);
  await world.introduce(alice, bob);
  const [toBob, toAlice] = [(await world.whois(bob)).address, (await world.whois(alice)).address];
  await alice.engine.send({ to: toBob, text: 'a1' });
  await world.clock.advance(3000);
  await bob.engine.send({ to: toAlice, text: 'b1' });
  await world.clock.advance(3000);
  return { node, alice, bob, toBob, toAlice };
}

type Rows = ReturnType<Person['store']['all']>;

const sessionsOf = (person: Person): Rows => person.store.all('SELECT tag, sealed FROM session');

/** The sessions as they were: everything else goes on. */
function putBack(person: Person, sessions: Rows): void {
  person.store.run('DELETE FROM session');
  for (const { tag, sealed } of sessions) {
    person.store.run('INSERT INTO session (tag, sealed) VALUES (?, ?)', tag ?? null, sealed ?? null);
  }
}

const placeholdersSeen = (person: Person): number =>
  person.events.filter((event) => event.type === 'message' && 'undecryptable' in event.message.content).length;

/** Nobody shows anything twice, and both show the same. */
async function expectBoth({ alice, bob }: Couple, texts: readonly string[]): Promise<void> {
  expect((await alice.texts(bob)).toSorted()).toEqual(texts.toSorted());
  expect((await bob.texts(alice)).toSorted()).toEqual(texts.toSorted());
  for (const [one, other] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    const own = (await one.messages(other)).filter(({ outgoing }) => outgoing);
    expect(own.map(({ state }) => state)).toEqual(own.map(() => 'delivered'));
  }
}

describe('repair', () => {
  it('ENG-40: the recipient lost his sessions: a placeholder, then the message in its place, without anybody’s doing', async () => {
    const both = await couple(300);
    const { alice, bob, toBob } = both;
    await bob.close();
    putBack(bob, []);
    await alice.engine.send({ to: toBob, text: 'a2' });
    await alice.engine.send({ to: toBob, text: 'a3' });
    await world.clock.advance(2000);
    await bob.open();
    await world.clock.advance(300);
    expect(await bob.texts(alice)).toEqual(['a1', 'b1', '{"undecryptable":true}', '{"undecryptable":true}']);
    const positions = (await bob.messages(alice)).map(({ position }) => position);
    await world.clock.advance(10_000);
    expect(await bob.texts(alice)).toEqual(['a1', 'b1', 'a2', 'a3']);
    expect((await bob.messages(alice)).map(({ position }) => position)).toEqual(positions);
    expect((await bob.engine.contacts({}))[0]?.unread).toBe(3);
    await alice.engine.send({ to: toBob, text: 'a4' });
    await bob.engine.send({ to: both.toAlice, text: 'b2' });
    await world.clock.advance(5000);
    await expectBoth(both, ['a1', 'b1', 'a2', 'a3', 'a4', 'b2']);
    expect(placeholdersSeen(bob)).toBe(2);
  });

  it('ENG-40: what is beyond the placeholders that may be shown is asked for all the same', async () => {
    const both = await couple(301);
    const { alice, bob, toBob } = both;
    await bob.close();
    putBack(bob, []);
    const texts = Array.from({ length: 12 }, (_, i) => `m${i}`);
    for (const text of texts) await alice.engine.send({ to: toBob, text });
    await world.clock.advance(2000);
    await bob.open();
    await world.clock.advance(15_000);
    await expectBoth(both, ['a1', 'b1', ...texts]);
    expect((await bob.texts(alice)).slice(2).toSorted()).toEqual(texts.toSorted());
    expect(placeholdersSeen(bob)).toBe(5);
  });

  it('ENG-40: sessions that went back send old numbers again: nothing is lost, nothing is shown twice', async () => {
    const both = await couple(302);
    const { alice, bob, toBob, toAlice } = both;
    const image = sessionsOf(bob);
    for (let i = 2; i < 5; i++) {
      await bob.engine.send({ to: toAlice, text: `b${i}` });
      await world.clock.advance(2000);
      await alice.engine.send({ to: toBob, text: `a${i}` });
      await world.clock.advance(2000);
    }
    await bob.close();
    putBack(bob, image);
    await bob.open();
    await bob.engine.send({ to: toAlice, text: 'b5' });
    await alice.engine.send({ to: toBob, text: 'a5' });
    await world.clock.advance(60_000);
    await bob.engine.send({ to: toAlice, text: 'b6' });
    await alice.engine.send({ to: toBob, text: 'a6' });
    await world.clock.advance(60_000);
    const numbers = [1, 2, 3, 4, 5, 6];
    await expectBoth(both, [...numbers.map((i) => `a${i}`), ...numbers.map((i) => `b${i}`)]);
  });

  it('ENG-40: both lost their sessions at once', async () => {
    const both = await couple(303);
    const { alice, bob, toBob, toAlice } = both;
    await bob.close();
    await alice.engine.send({ to: toBob, text: 'a2' });
    await world.clock.advance(2000);
    await alice.close();
    await bob.open();
    await bob.engine.send({ to: toAlice, text: 'b2' });
    await world.clock.advance(2000);
    await bob.close();
    putBack(alice, []);
    putBack(bob, []);
    await alice.open();
    await bob.open();
    await alice.engine.send({ to: toBob, text: 'a3' });
    await bob.engine.send({ to: toAlice, text: 'b3' });
    await world.clock.advance(30_000);
    await expectBoth(both, ['a1', 'b1', 'a2', 'b2', 'a3', 'b3']);
  });

  it('ENG-42: a receipt that could not be opened is said again', async () => {
    const both = await couple(304);
    const { alice, bob, toBob } = both;
    await alice.engine.send({ to: toBob, text: 'a2' });
    await world.clock.until(async () => (await bob.texts(alice)).includes('a2'));
    // The receipt is made, and waits at the node for somebody who has forgotten everything.
    await alice.close();
    await world.clock.advance(3000);
    putBack(alice, []);
    await alice.open();
    await world.clock.advance(200);
    expect((await alice.messages(bob)).at(-1)?.content).toEqual({ undecryptable: true });
    await world.clock.advance(10_000);
    await expectBoth(both, ['a1', 'b1', 'a2']);
  });

  it('ENG-40: the repair goes on after a restart, and while the other is away', async () => {
    const both = await couple(305);
    const { alice, bob, toBob } = both;
    await bob.close();
    putBack(bob, []);
    await alice.engine.send({ to: toBob, text: 'a2' });
    await world.clock.advance(2000);
    await alice.close();
    await bob.open();
    await world.clock.advance(300);
    bob.crash();
    await bob.open();
    await world.clock.advance(100_000);
    expect(await bob.texts(alice)).toEqual(['a1', 'b1', '{"undecryptable":true}']);
    await alice.open();
    await world.clock.advance(10_000);
    await expectBoth(both, ['a1', 'b1', 'a2']);
  });

  it('ENG-41, TM-42: rubbish in a contact’s certificate causes ever fewer questions and fresh sessions', async () => {
    const both = await couple(306);
    const { alice, bob, node, toBob } = both;
    const { store } = node;
    const before = (await store!.keyCounts(await keyOf(alice), 1)).oneTime;
    const asked = (): number => Number(bob.store.get('SELECT sum(asks) AS n FROM repair')?.['n'] ?? 0);
    await bob.close();
    for (let hour = 0; hour < 24; hour++) {
      // What somebody else would do: a body that unseals, in Alice's certificate, that no session opens.
      bob.store.run(
        'INSERT OR REPLACE INTO repair_content (contact, device, content_id, failed_at) SELECT id, 1, ?, ? FROM contact',
        world.random(16),
        world.clock.now(),
      );
      bob.store.run('UPDATE repair SET next_at = min(max(next_at, asked_at), ?) WHERE next_at = 0', world.clock.now());
      await bob.open();
      await world.clock.advance(3_590_000);
      await bob.close();
      await world.clock.advance(10_000);
    }
    await bob.open();
    const used = before - (await store!.keyCounts(await keyOf(alice), 1)).oneTime;
    expect(used).toBeLessThanOrEqual(8);
    expect(asked()).toBeLessThanOrEqual(8);
    await alice.engine.send({ to: toBob, text: 'still here' });
    await world.clock.advance(5000);
    expect(await bob.texts(alice)).toEqual(['a1', 'b1', 'still here']);
  });
});

async function keyOf(person: Person): Promise<Uint8Array> {
  const { parseAddress } = await import('@sotto/protocol/identity');
  return parseAddress((await world.whois(person)).address);
}

describe('the repair a person asks for', () => {
  it('ENG-45: doctor says in words what could not be opened; the repair begins fresh sessions at once', async () => {
    const both = await couple(310);
    const { alice, bob, toBob, toAlice } = both;
    await bob.close();
    putBack(bob, []);
    await alice.engine.send({ to: toBob, text: 'a2' });
    await world.clock.advance(2000);
    await alice.close();
    await bob.open();
    await world.clock.advance(2 * 3_600_000);
    const check = (await bob.engine.doctor({})).checks.find(({ name }) => name === 'sessions');
    expect(check).toMatchObject({ ok: false, found: expect.stringContaining('1 message from Alice') as unknown });
    await alice.open();
    await bob.engine.repair({ conversation: toAlice });
    await world.clock.advance(10_000);
    await expectBoth(both, ['a1', 'b1', 'a2']);
    expect((await bob.engine.doctor({})).checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(await bob.engine.repair({})).toEqual({ restarted: 1 });
    await world.clock.advance(5000);
    await bob.engine.send({ to: toAlice, text: 'b2' });
    await alice.engine.send({ to: toBob, text: 'a3' });
    await world.clock.advance(10_000);
    await expectBoth(both, ['a1', 'b1', 'a2', 'b2', 'a3']);
    await expect(bob.engine.repair({ conversation: 'Nobody' })).rejects.toMatchObject({ code: 'unknown-contact' });
  });
});

describe('keys over time', () => {
  const keyCounts = async (person: Person, node: WorldNode) => node.store!.keyCounts(await keyOf(person), 1);
  const bundleOf = async (person: Person, node: WorldNode) =>
    (await node.store!.claimBundles(await keyOf(person), [], true))[0]!;

  it('ENG-20: one-time keys at the node whose secrets are lost are replaced by themselves', async () => {
    const both = await couple(311);
    const { alice, bob, node, toBob } = both;
    await bob.close();
    bob.store.run('DELETE FROM prekey WHERE kind >= 4');
    const before = await bundleOf(bob, node);
    await bob.open();
    await world.clock.advance(3000);
    expect(await keyCounts(bob, node)).toEqual({ oneTime: 100, oneTimeKyber: 20 });
    const after = await bundleOf(bob, node);
    expect(after.oneTime).not.toEqual(before.oneTime);
    alice.store.run('DELETE FROM session');
    await alice.close();
    await alice.open();
    await alice.engine.send({ to: toBob, text: 'to a key of now' });
    await world.clock.advance(5000);
    await expectBoth(both, ['a1', 'b1', 'to a key of now']);
    expect(placeholdersSeen(bob)).toBe(0);
  });

  it('ENG-20, ENG-40: a first message to a lost key is repaired, and the keys are replaced at once, once a day', async () => {
    const both = await couple(312);
    const { alice, bob, node, toBob } = both;
    await bob.close();
    const { keys } = await bundleOf(bob, node);
    await alice.close();
    putBack(alice, []);
    await alice.open();
    await alice.engine.send({ to: toBob, text: 'to a lost key' });
    await world.clock.advance(3000);
    bob.store.run('DELETE FROM prekey WHERE kind IN (1, 2, 4, 5)');
    // The node says that it holds none, so nothing seems to be missing.
    await node.store!.publishKeys({
      mailbox: await keyOf(bob),
      device: 1,
      keys: null,
      oneTime: [],
      oneTimeKyber: [],
      replaceOneTime: true,
      deviceList: null,
    });
    await bob.open();
    await world.clock.advance(30_000);
    await expectBoth(both, ['a1', 'b1', 'to a lost key']);
    expect((await bundleOf(bob, node)).keys.signedPrekey).not.toEqual(keys.signedPrekey);
  });

  it('DR-14, ID-13: who was away for a month is written to when he is back, on a fresh session', async () => {
    world = new World(313);
    const node = await world.node();
    const alice = await world.person('Alice', node);
    const bob = await world.person('Bob', node);
    await world.introduce(alice, bob);
    const toBob = (await world.whois(bob)).address;
    await bob.close();
    await alice.engine.send({ to: toBob, text: 'is anybody there?' });
    await world.clock.advance(5000);
    expect((await keyCounts(bob, node)).oneTime).toBe(99);
    await alice.engine.send({ to: toBob, text: 'still on the first session' });
    await world.clock.advance(5000);
    expect((await keyCounts(bob, node)).oneTime).toBe(99);
    await alice.close();
    await world.clock.advance(31 * 86_400_000);
    await alice.open();
    await alice.engine.send({ to: toBob, text: 'a month later' });
    await world.clock.advance(5000);
    const waiting = (await alice.messages(bob)).at(-1);
    expect(waiting).toMatchObject({ state: 'waiting', problem: expect.stringContaining('two weeks') as unknown });
    await bob.open();
    await world.clock.advance(3_700_000);
    expect(await bob.texts(alice)).toContain('a month later');
  });
});
