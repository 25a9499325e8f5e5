import { afterEach, describe, expect, it } from 'vitest';
import type { Message } from '@sotto/engine';
import { Loss } from './loss.ts';
import { World } from './world.ts';
import type { Person, WorldNode } from './world.ts';

let world = new World();
afterEach(() => world.end());

interface Pair {
  readonly node: WorldNode;
  /** Two devices each. */
  readonly alice: readonly [Person, Person];
  readonly bob: readonly [Person, Person];
  readonly toAlice: string;
  readonly toBob: string;
}

/** So long everything of the devices among themselves takes at most. */
const SETTLED_MS = 65_000;

async function pair(seed: number): Promise<Pair> {
  world = new World(seed);
  const node = await world.node();
  const a1 = await world.person('Alice', node);
  const b1 = await world.person('Bob', node);
  await world.introduce(a1, b1);
  const [toAlice, toBob] = [(await world.whois(a1)).address, (await world.whois(b1)).address];
  await a1.engine.send({ to: toBob, text: 'hello' });
  await world.clock.advance(1000);
  await b1.engine.send({ to: toAlice, text: 'hi' });
  await world.clock.advance(5000);
  const a2 = await world.device(a1, 'phone', node);
  const b2 = await world.device(b1, 'tablet', node);
  return { node, alice: [a1, a2], bob: [b1, b2], toAlice, toBob };
}

const shown = ({ content, state, from, id }: Message): unknown => ({ content, state, from, id });
const texts = async (device: Person, address: string): Promise<unknown[]> =>
  (await device.engine.history({ conversation: address, limit: 1000 })).messages.map(({ content }) =>
    'text' in content ? content.text : content,
  );
const sorted = (messages: readonly Message[]): unknown[] =>
  messages.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((message) => shown(message));
const all = async (device: Person, address: string): Promise<Message[]> =>
  (await device.engine.history({ conversation: address, limit: 1000 })).messages;

describe('two people with two devices each', () => {
  it('DEV-9, DEV-15: what any of the four devices writes is on all of them, delivered, once', async () => {
    const { alice, bob, toAlice, toBob } = await pair(200);
    for (const [i, device] of [...alice, ...bob].entries()) {
      const to = i < 2 ? toBob : toAlice;
      await device.engine.send({ to, text: `from ${i}` });
      await device.engine.send({ to, text: `from ${i} again` });
      await world.clock.advance(SETTLED_MS);
    }
    const expected = ['hello', 'hi', ...[0, 1, 2, 3].flatMap((i) => [`from ${i}`, `from ${i} again`])];
    for (const device of alice) expect(await texts(device, toBob)).toEqual(expected);
    for (const device of bob) expect(await texts(device, toAlice)).toEqual(expected);
    expect(sorted(await all(alice[0], toBob))).toEqual(sorted(await all(alice[1], toBob)));
    expect(sorted(await all(bob[0], toAlice))).toEqual(sorted(await all(bob[1], toAlice)));
    // Everything was confirmed: nothing is stored again tomorrow.
    for (const { store } of [...alice, ...bob]) expect(store.get('SELECT count(*) AS n FROM outbox')).toEqual({ n: 0 });
    const own = (await all(alice[1], toBob)).filter(({ outgoing }) => outgoing);
    expect(own.every(({ state }) => state === 'delivered')).toBe(true);
  });

  it('DEV-9, TM-61: a copy leaves 1 to 30 s after the message was stored, also over a restart in between', async () => {
    const { alice, toBob } = await pair(201);
    const [a1, a2] = alice;
    await a1.engine.send({ to: toBob, text: 'now' });
    await world.clock.advance(950);
    expect(await texts(a1, toBob)).toContain('now');
    expect(await texts(a2, toBob)).not.toContain('now');
    await a1.close();
    await world.clock.advance(60_000);
    expect(await texts(a2, toBob)).not.toContain('now');
    await a1.open();
    await world.clock.advance(5000);
    expect(await texts(a2, toBob)).toContain('now');
  });

  it('DEV-9: what was written offline is told only after it has left', async () => {
    const { alice, toBob } = await pair(202);
    const [a1, a2] = alice;
    a1.isCutOff = true;
    await a1.engine.send({ to: toBob, text: 'offline' });
    await world.clock.advance(120_000);
    expect((await all(a1, toBob)).at(-1)?.state).toBe('waiting');
    a1.isCutOff = false;
    let left = 0;
    let copied = 0;
    for (let i = 0; i < 200 && copied === 0; i++) {
      await world.clock.advance(1000);
      const state = (await all(a1, toBob)).at(-1)?.state;
      if (left === 0 && (state === 'stored' || state === 'delivered')) left = world.clock.now();
      if ((await texts(a2, toBob)).includes('offline')) copied = world.clock.now();
    }
    expect(left).toBeGreaterThan(0);
    expect(copied - left).toBeGreaterThanOrEqual(0);
    expect(copied - left).toBeLessThanOrEqual(32_000);
  });

  it('DEV-11: read on one device is read on all, and the sender is told once', async () => {
    const { alice, bob, toAlice, toBob } = await pair(203);
    const [a1, a2] = alice;
    await bob[0].engine.send({ to: toAlice, text: 'read me' });
    await world.clock.advance(SETTLED_MS);
    const [contact] = await a2.engine.contacts({});
    const before = contact?.unread ?? 0;
    expect(before).toBeGreaterThan(0);
    await a1.engine.markRead({ conversation: toBob, upTo: (await all(a1, toBob)).at(-1)?.position ?? 0 });
    await world.clock.advance(SETTLED_MS);
    expect((await a2.engine.contacts({}))[0]?.unread).toBe(0);
    expect((await all(a2, toBob)).at(-1)).toMatchObject({ state: 'read' });
    for (const device of bob) expect((await all(device, toAlice)).at(-1)).toMatchObject({ state: 'read' });
  });

  it('DEV-11: receipts that come before the copy, and messages read elsewhere before they are here, are not lost', async () => {
    const { alice, bob, toAlice, toBob } = await pair(204);
    const [a1, a2] = alice;
    await a2.close();
    await bob[0].engine.send({ to: toAlice, text: 'one' });
    await world.clock.advance(1000);
    await a1.engine.send({ to: toBob, text: 'two' });
    await world.clock.advance(5000);
    for (const person of bob) {
      const last = (await all(person, toAlice)).at(-1)?.position ?? 0;
      await person.engine.markRead({ conversation: toAlice, upTo: last });
    }
    await a1.engine.markRead({ conversation: toBob, upTo: (await all(a1, toBob)).at(-1)?.position ?? 0 });
    await world.clock.advance(SETTLED_MS);
    await a2.open();
    await world.clock.advance(SETTLED_MS);
    const messages = await all(a2, toBob);
    expect(sorted(messages)).toEqual(sorted(await all(a1, toBob)));
    expect(messages.find(({ content }) => 'text' in content && content.text === 'two')?.state).toBe('read');
    expect((await a2.engine.contacts({}))[0]?.unread).toBe(0);
  });

  it('DEV-9: edits, deletions, reactions and timers reach the other devices', async () => {
    const { alice, bob, toAlice, toBob } = await pair(205);
    const [a1, a2] = alice;
    const first = await a1.engine.send({ to: toBob, text: 'fist' });
    const second = await a1.engine.send({ to: toBob, text: 'never mind' });
    await world.clock.advance(SETTLED_MS);
    await a2.engine.edit({ id: first.id, text: 'first' });
    await a1.engine.delete({ id: second.id });
    await bob[1].engine.react({ id: first.id, emoji: '👍' });
    await a2.engine.react({ id: first.id, emoji: '🎉' });
    await a2.engine.setTimer({ conversation: toBob, seconds: 3600 });
    await world.clock.advance(2 * SETTLED_MS);
    for (const [device, address] of [
      [a1, toBob],
      [a2, toBob],
      [bob[0], toAlice],
      [bob[1], toAlice],
    ] as const) {
      const found = (await all(device, address)).find(({ id }) => id === first.id);
      expect(found).toMatchObject({ content: { text: 'first' } });
      expect(found?.reactions?.map(({ emoji }) => emoji).sort()).toEqual(['🎉', '👍'].sort());
      const gone = (await all(device, address)).find(({ id }) => id === second.id);
      expect(gone?.content).toEqual({ deleted: true });
      expect((await device.engine.contacts({}))[0]?.timer).toBe(3600);
    }
  });

  it('DEV-12: names, verified marks, accepting and blocking count on all devices, the latest decision', async () => {
    const { node, alice, bob, toAlice, toBob } = await pair(206);
    const [a1, a2] = alice;
    await a2.engine.updateContact({ address: toBob, name: 'Bobby', verified: true });
    await world.clock.advance(SETTLED_MS);
    expect((await a1.engine.contacts({}))[0]).toMatchObject({ name: 'Bobby', verified: true });
    const carol = await world.person('Carol', node);
    await carol.engine.send({ to: toAlice, text: 'who am I' });
    await world.clock.advance(SETTLED_MS);
    const ofCarol = (await world.whois(carol)).address;
    const statusOn = async (device: Person): Promise<string | undefined> =>
      (await device.engine.contacts({})).find(({ address }) => address === ofCarol)?.status;
    for (const device of alice) expect(await statusOn(device)).toBe('request');
    await a2.engine.updateContact({ address: ofCarol, status: 'accepted' });
    await world.clock.advance(SETTLED_MS);
    for (const device of alice) expect(await statusOn(device)).toBe('accepted');
    expect((await carol.messages(a1)).at(-1)?.state).toBe('delivered');
    await a1.engine.updateContact({ address: ofCarol, status: 'blocked' });
    await world.clock.advance(SETTLED_MS);
    expect(await statusOn(a2)).toBe('blocked');
    // DEV-13: the capability was changed by one device; the other devices and contacts go on.
    await a2.engine.send({ to: toBob, text: 'still here' });
    await world.clock.advance(SETTLED_MS);
    await bob[1].engine.send({ to: toAlice, text: 'me too' });
    await world.clock.advance(SETTLED_MS);
    for (const device of alice) expect((await texts(device, toBob)).slice(-2)).toEqual(['still here', 'me too']);
    const notices = alice.flatMap((device) => device.events.filter(({ type }) => type === 'notice'));
    expect(notices.filter((event) => 'code' in event && !event.code.endsWith('devices-changed'))).toEqual([]);
  });

  it('DEV-13: a device that was away while the capability changed does not set the old one again', async () => {
    const { node, alice, bob, toAlice, toBob } = await pair(207);
    const [a1, a2] = alice;
    await a2.close();
    const carol = await world.person('Carol', node);
    await carol.engine.send({ to: toAlice, text: 'spam' });
    await world.clock.advance(5000);
    await a1.engine.updateContact({ address: (await world.whois(carol)).address, status: 'blocked' });
    await world.clock.advance(3_600_000);
    await bob[0].engine.send({ to: toAlice, text: 'with the new one' });
    await world.clock.advance(SETTLED_MS);
    await a2.open();
    await world.clock.advance(SETTLED_MS);
    for (const device of bob) await device.engine.send({ to: toAlice, text: 'after' });
    await world.clock.advance(SETTLED_MS);
    expect(sorted(await all(a2, toBob))).toEqual(sorted(await all(a1, toBob)));
    for (const device of bob) {
      const states = (await all(device, toAlice)).filter(({ outgoing }) => outgoing).map(({ state }) => state);
      expect(new Set(states)).toEqual(new Set(['delivered']));
    }
  });

  it('DEV-10: what a node lost among the own devices is asked for, and told as it is by then', async () => {
    world = new World(2090);
    const loss = new Loss();
    const node = await world.node(undefined, { wrap: loss.wrap });
    const a1 = await world.person('Alice', node);
    const bob = await world.person('Bob', node);
    await world.introduce(a1, bob);
    const toBob = (await world.whois(bob)).address;
    const a2 = await world.device(a1, 'phone', node);
    await a2.close();
    const first = await a1.engine.send({ to: toBob, text: 'lost' });
    await world.clock.advance(900);
    // What is for the phone goes nowhere until the copy has left, which takes 1 to 30 s.
    Object.assign(loss, { of: ({ device }: { device: number }) => device === 2, count: 100 });
    await world.clock.advance(40_000);
    expect(loss.count).toBeLessThan(100);
    loss.count = 0;
    await a1.engine.edit({ id: first.id, text: 'found' });
    await a1.engine.send({ to: toBob, text: 'next' });
    await world.clock.advance(40_000);
    await a2.open();
    await world.clock.advance(20_000);
    expect(await texts(a2, toBob)).not.toContain('found');
    await world.clock.advance(15 * 60_000);
    expect(new Set(await texts(a2, toBob))).toEqual(new Set(['found', 'next']));
    expect(await texts(a2, toBob)).toHaveLength(2);
  });

  it('DEV-15: four devices, one of them away for hours: all get everything, delivered is what one has', async () => {
    world = new World(210);
    const node = await world.node();
    const a1 = await world.person('Alice', node);
    const bob = await world.person('Bob', node);
    await world.introduce(a1, bob);
    const [toAlice, toBob] = [(await world.whois(a1)).address, (await world.whois(bob)).address];
    const alice = [a1];
    for (const name of ['phone', 'tablet', 'car']) alice.push(await world.device(a1, name, node));
    const away = alice[3]!;
    await away.close();
    await bob.engine.send({ to: toAlice, text: 'to four' });
    await world.clock.advance(5000);
    expect((await all(bob, toAlice)).at(-1)?.state).toBe('delivered');
    expect(bob.store.get('SELECT device FROM outbox')).toEqual({ device: 4 });
    for (const device of alice.slice(0, 3)) {
      await device.engine.send({ to: toBob, text: `${(await device.engine.whoami({})).device}` });
      await world.clock.advance(SETTLED_MS);
    }
    await world.clock.advance(2 * 3_600_000);
    await away.open();
    await world.clock.advance(SETTLED_MS);
    const everything = ['1', '2', '3', 'to four'];
    for (const device of alice) expect((await texts(device, toBob)).map(String).sort()).toEqual(everything);
    expect(bob.store.get('SELECT device FROM outbox')).toBeUndefined();
  });

  it('DEV-13: two devices that change the capability at once agree in the end, and so do their contacts', async () => {
    const { node, alice, bob, toAlice, toBob } = await pair(211);
    const [carol, dave] = [await world.person('Carol', node), await world.person('Dave', node)];
    for (const person of [carol, dave]) await person.engine.send({ to: toAlice, text: 'spam' });
    await world.clock.advance(5000);
    const [ofCarol, ofDave] = [(await world.whois(carol)).address, (await world.whois(dave)).address];
    await alice[0].engine.updateContact({ address: ofCarol, status: 'blocked' });
    await world.clock.advance(100);
    await alice[1].engine.updateContact({ address: ofDave, status: 'blocked' });
    await world.clock.advance(3 * SETTLED_MS);
    for (const device of alice) {
      const people = await device.engine.contacts({});
      expect(
        people
          .filter(({ status }) => status === 'blocked')
          .map(({ address }) => address)
          .sort(),
      ).toEqual([ofCarol, ofDave].sort());
    }
    const lanes: string[] = [];
    const store = node.store!;
    const original = store.store.bind(store);
    store.store = (batch) => {
      lanes.push(...batch.map(({ lane }) => lane));
      return original(batch);
    };
    for (const device of bob) await device.engine.send({ to: toAlice, text: 'as a contact' });
    await world.clock.advance(1000);
    for (const device of alice)
      expect((await texts(device, toBob)).slice(-2)).toEqual(['as a contact', 'as a contact']);
    expect(new Set(lanes)).toEqual(new Set(['contact']));
  });

  it('DEV-13: name and settings are those of the account', async () => {
    const { alice, bob } = await pair(208);
    await alice[1].engine.setProfile({ name: 'Alicia', color: 5, readReceipts: false });
    await world.clock.advance(SETTLED_MS);
    expect(await alice[0].engine.whoami({})).toMatchObject({ name: 'Alicia', color: 5 });
    await alice[0].engine.send({ to: (await world.whois(bob[0])).address, text: 'new name' });
    await world.clock.advance(5000);
    for (const device of bob) expect((await device.engine.contacts({}))[0]?.profileName).toBe('Alicia');
  });
});
