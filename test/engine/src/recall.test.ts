import { afterEach, describe, expect, it } from 'vitest';
import type { Message } from '@sotto/engine';
import type { RelayStore } from '@sotto/node';
import { putImageBack, takeImage } from './disk-image.ts';
import { World } from './world.ts';
import type { Person, WorldNode } from './world.ts';

let world = new World();
afterEach(() => world.end());

/** So long everything of the devices among themselves takes at most. */
const SETTLED_MS = 100_000;

interface Household {
  readonly node: WorldNode;
  readonly desk: Person;
  readonly phone: Person;
  readonly bob: Person;
  readonly toAlice: string;
  readonly toBob: string;
}

/** A device of this number gets nothing; 0: all get everything. */
let lost = 0;
const losing = (store: RelayStore): RelayStore =>
  new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      if (name !== 'store') return value.bind(target) as unknown;
      return async (items: Parameters<RelayStore['store']>[0]) => {
        const kept = items.filter(({ device }) => device !== lost);
        const outcomes = await target.store(kept);
        return items.map((item) => outcomes[kept.indexOf(item)] ?? 'stored');
      };
    },
  });

/** Alice with two devices, Bob with one. */
async function household(seed: number): Promise<Household> {
  world = new World(seed);
  lost = 0;
  const node = await world.node(undefined, { wrap: losing });
  const desk = await world.person('Alice', node);
  const bob = await world.person('Bob', node);
  await world.introduce(desk, bob);
  const [toAlice, toBob] = [(await world.whois(desk)).address, (await world.whois(bob)).address];
  const phone = await world.device(desk, 'phone', node);
  await phone.engine.send({ to: toBob, text: 'p1' });
  await world.clock.advance(2000);
  await bob.engine.send({ to: toAlice, text: 'b1' });
  await world.clock.advance(SETTLED_MS);
  return { node, desk, phone, bob, toAlice, toBob };
}

const all = async (device: Person, address: string): Promise<Message[]> =>
  (await device.engine.history({ conversation: address, limit: 1000 })).messages;
const texts = async (device: Person, address: string): Promise<unknown[]> =>
  (await all(device, address)).map(({ content }) => ('text' in content ? content.text : content));
const find = async (device: Person, address: string, text: string): Promise<Message> => {
  const found = (await all(device, address)).find(({ content }) => 'text' in content && content.text === text);
  if (found === undefined) throw new Error(`no ${text}`);
  return found;
};
const shown = async (device: Person, address: string): Promise<unknown[]> =>
  (await all(device, address))
    .map(({ id, content, state, from, reactions, replyTo }) => ({ id, content, state, from, reactions, replyTo }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
/** The next number, by kind. */
const next = (person: Person, sql: string): number => Number(person.store.get(sql)?.['next']);
const OWN_ORDER = 'SELECT max(next) AS next FROM stream WHERE device = 0';
const SYNC_NUMBER = `SELECT value AS next FROM counter WHERE name = 'sync'`;

async function back(device: Person, image: ReturnType<typeof takeImage>): Promise<void> {
  if (device.isRunning) await device.close();
  putImageBack(device, image);
  await device.open();
}

describe('a device whose storage went back', () => {
  it('DEV-16, ENG-43: gets what it wrote itself from the other device, once, and numbers on after it', async () => {
    const { desk, phone, bob, toAlice, toBob } = await household(400);
    const image = takeImage(phone);
    for (const text of ['p2', 'p3', 'p4']) {
      await phone.engine.send({ to: toBob, text });
      await bob.engine.send({ to: toAlice, text: `b${text}` });
      await world.clock.advance(2000);
    }
    await world.clock.advance(SETTLED_MS);
    await phone.engine.edit({ id: (await find(phone, toBob, 'p1')).id, text: 'p1, better' });
    await phone.engine.react({ id: (await find(phone, toBob, 'b1')).id, emoji: '👍' });
    await phone.engine.delete({ id: (await find(phone, toBob, 'p3')).id });
    await phone.engine.markRead({ conversation: toBob, upTo: (await all(phone, toBob)).at(-1)?.position ?? 0 });
    await world.clock.advance(SETTLED_MS);
    const before = await shown(desk, toBob);
    const [order, number] = [next(phone, OWN_ORDER), next(phone, SYNC_NUMBER)];
    await back(phone, image);
    expect(await texts(phone, toBob)).toEqual(['p1', 'b1']);
    expect(next(phone, OWN_ORDER)).toBeLessThan(order);
    await world.clock.advance(SETTLED_MS);
    expect(await shown(phone, toBob)).toEqual(before);
    expect(await shown(desk, toBob)).toEqual(before);
    expect(next(phone, OWN_ORDER)).toBe(order);
    expect(next(phone, SYNC_NUMBER)).toBeGreaterThanOrEqual(number);
    // What it wrote stands in its order.
    const own = (await all(phone, toBob)).filter(({ outgoing }) => outgoing);
    expect(own.map(({ content }) => content)).toEqual([
      { text: 'p1, better' },
      { text: 'p2' },
      { deleted: true },
      { text: 'p4' },
    ]);
    // What it writes now is on all devices, after everything else, and its number is not taken for an old one.
    await phone.engine.send({ to: toBob, text: 'p5' });
    await world.clock.advance(SETTLED_MS);
    for (const device of [desk, phone]) expect((await texts(device, toBob)).at(-1)).toBe('p5');
    expect((await texts(bob, toAlice)).at(-1)).toBe('p5');
    expect(await shown(phone, toBob)).toEqual(await shown(desk, toBob));
    for (const person of [desk, phone, bob]) {
      expect(person.store.get('SELECT count(*) AS n FROM outbox')).toEqual({ n: 0 });
      expect(person.store.get('SELECT count(*) AS n FROM message WHERE gap = 1')).toEqual({ n: 0 });
    }
  });

  it('DEV-16: what it writes before the other one answers is dropped nowhere, and the answer may take days', async () => {
    const { desk, phone, bob, toAlice, toBob } = await household(401);
    const image = takeImage(phone);
    for (const text of ['p2', 'p3']) await phone.engine.send({ to: toBob, text });
    await phone.engine.setTimer({ conversation: toBob, seconds: 8_000_000 });
    await phone.engine.send({ to: toBob, text: 'p4' });
    await world.clock.advance(SETTLED_MS);
    await desk.close();
    await back(phone, image);
    // Under orders and numbers that were given before.
    await phone.engine.send({ to: toBob, text: 'p8' });
    await world.clock.advance(SETTLED_MS);
    await phone.engine.send({ to: toBob, text: 'p9' });
    await world.clock.advance(3 * 86_400_000);
    await desk.open();
    await world.clock.advance(SETTLED_MS);
    const expected = ['p1', 'b1', 'p2', 'p3', 'p4', 'p8', 'p9'];
    for (const [device, address] of [
      [desk, toBob],
      [phone, toBob],
      [bob, toAlice],
    ] as const) {
      const said = (await texts(device, address)).filter((text) => typeof text === 'string');
      expect(said.length).toBe(expected.length);
      expect(new Set(said)).toEqual(new Set(expected));
      expect((await device.engine.contacts({}))[0]?.timer).toBe(8_000_000);
    }
    expect(await shown(phone, toBob)).toEqual(await shown(desk, toBob));
    await phone.engine.send({ to: toBob, text: 'p10' });
    await world.clock.advance(SETTLED_MS);
    for (const device of [desk, phone]) expect((await texts(device, toBob)).at(-1)).toBe('p10');
    expect(bob.store.get('SELECT count(*) AS n FROM message WHERE gap = 1')).toEqual({ n: 0 });
  });

  it('DEV-16: a program that dies on either side at any commit asks, answers and takes it in once', async () => {
    const { desk, phone, bob, toAlice, toBob } = await household(402);
    const image = takeImage(phone);
    for (const text of ['p2', 'p3']) {
      await phone.engine.send({ to: toBob, text });
      await world.clock.advance(1000);
    }
    await world.clock.advance(SETTLED_MS);
    await back(phone, image);
    for (let n = 1; n < 12; n++) {
      const dies = n % 2 === 0 ? desk : phone;
      dies.crashAtCommit(n, n % 3 === 0 ? 'before' : 'after');
      await world.clock.advance(700);
      if (dies.isRunning) dies.crash();
      await dies.open();
    }
    await world.clock.advance(2 * SETTLED_MS);
    expect(await texts(phone, toBob)).toEqual(['p1', 'b1', 'p2', 'p3']);
    expect(await shown(phone, toBob)).toEqual(await shown(desk, toBob));
    expect(await texts(bob, toAlice)).toEqual(['p1', 'b1', 'p2', 'p3']);
  });

  it('DEV-16: of three devices, what one of the others has comes to all; decisions and names too', async () => {
    const { node, desk, phone, bob, toAlice, toBob } = await household(403);
    const tablet = await world.device(desk, 'tablet', node);
    const carol = await world.person('Carol', node);
    await world.clock.advance(SETTLED_MS);
    const image = takeImage(phone);
    await tablet.close();
    lost = 3;
    await phone.engine.send({ to: toBob, text: 'p2' });
    await phone.engine.add({ to: (await world.whois(carol)).invite });
    const toCarol = (await world.whois(carol)).address;
    await phone.engine.send({ to: toCarol, text: 'to Carol' });
    await phone.engine.updateContact({ address: toBob, name: 'Robert' });
    await world.clock.advance(SETTLED_MS);
    expect(new Set(await texts(desk, toBob))).toEqual(new Set(['b1', 'p1', 'p2']));
    await phone.close();
    await tablet.open();
    await world.clock.advance(SETTLED_MS);
    expect(new Set(await texts(tablet, toBob))).toEqual(new Set(['b1', 'p1']));
    lost = 0;
    await back(phone, image);
    await world.clock.advance(3 * SETTLED_MS);
    for (const device of [desk, phone, tablet]) {
      expect(new Set(await texts(device, toBob))).toEqual(new Set(['b1', 'p1', 'p2']));
      expect(await texts(device, toCarol)).toEqual(['to Carol']);
      const bobs = (await device.engine.contacts({})).find(({ address }) => address === toBob);
      expect(bobs?.name).toBe('Robert');
    }
    expect(new Set(await texts(bob, toAlice))).toEqual(new Set(['b1', 'p1', 'p2']));
    expect(await texts(carol, toAlice)).toEqual(['to Carol']);
    expect(phone.events.some((event) => event.type === 'notice' && event.code === 'sync-incomplete')).toBe(false);
  });

  it('DEV-16: an image from before the other device was linked: what came since is asked for when it is learnt of', async () => {
    world = new World(404);
    const node = await world.node();
    const desk = await world.person('Alice', node);
    const bob = await world.person('Bob', node);
    await world.introduce(desk, bob);
    const [toAlice, toBob] = [(await world.whois(desk)).address, (await world.whois(bob)).address];
    await desk.engine.send({ to: toBob, text: 'd1' });
    await world.clock.advance(40_000);
    const image = takeImage(desk);
    await desk.engine.send({ to: toBob, text: 'before the phone' });
    await world.clock.advance(2000);
    const phone = await world.device(desk, 'phone', node);
    await desk.engine.send({ to: toBob, text: 'd2' });
    await world.clock.advance(2000);
    await phone.engine.send({ to: toBob, text: 'p1' });
    await world.clock.advance(SETTLED_MS);
    await back(desk, image);
    await world.clock.advance(2 * SETTLED_MS);
    const expected = new Set(['d1', 'before the phone', 'd2', 'p1']);
    for (const [device, address] of [
      [desk, toBob],
      [phone, toBob],
      [bob, toAlice],
    ] as const) {
      expect(new Set(await texts(device, address))).toEqual(expected);
      expect((await all(device, address)).length).toBe(expected.size);
    }
    expect((await desk.engine.devices({})).devices.map(({ name }) => name)).toContain('phone');
  });

  it('DEV-16: alone, it asks nobody, and what it wrote itself and had only here is gone', async () => {
    world = new World(405);
    const node = await world.node();
    const alice = await world.person('Alice', node);
    const bob = await world.person('Bob', node);
    await world.introduce(alice, bob);
    const toBob = (await world.whois(bob)).address;
    await alice.engine.send({ to: toBob, text: 'a1' });
    await world.clock.advance(40_000);
    const image = takeImage(alice);
    await alice.engine.send({ to: toBob, text: 'a2' });
    await world.clock.advance(40_000);
    await back(alice, image);
    await world.clock.advance(SETTLED_MS);
    expect(await alice.texts(bob)).toEqual(['a1']);
    expect(await bob.texts(alice)).toEqual(['a1', 'a2']);
    await alice.engine.send({ to: toBob, text: 'a3' });
    await world.clock.advance(40_000);
    expect(await bob.texts(alice)).toEqual(['a1', 'a2', 'a3']);
    expect(alice.store.get('SELECT count(*) AS n FROM outbox')).toEqual({ n: 0 });
  });
});
