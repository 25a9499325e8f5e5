import type { EngineEvent } from '@sotto/engine';
import { parseAddress } from '@sotto/protocol/identity';
import { afterEach, describe, expect, it } from 'vitest';
import { World } from './world.ts';
import type { Person, WorldNode } from './world.ts';

let world = new World();
afterEach(() => world.end());

type Line = Extract<EngineEvent, { type: 'room' }>;
const heard = ({ events }: Person): [name: string, text: string][] =>
  events.flatMap((event) => (event.type === 'room' ? [[event.name, event.text] as [string, string]] : []));
const linesOf = ({ events }: Person): Line[] => events.flatMap((event) => (event.type === 'room' ? [event] : []));

async function room(
  seed: number,
  names: readonly string[],
  live = true,
): Promise<{ node: WorldNode; guests: Person[] }> {
  world = new World(seed);
  const node = await world.node('ws://room.example:8080', { live, psk: world.random(32) });
  const guests: Person[] = [];
  for (const name of names) guests.push(await world.person(name, node));
  return { node, guests };
}

describe('ENG-30: the lobby of a private room', () => {
  it.each([
    ['that keeps nothing', true],
    ['that keeps messages', false],
  ])('three guests who never met hear each other, in order, and nothing is kept, at a node %s', async (_, live) => {
    const { node, guests } = await room(800, ['Ann', 'Ben', 'Cleo'], live);
    const [ann, ben, cleo] = guests as [Person, Person, Person];
    expect(await ann.engine.connection({})).toMatchObject({ state: 'online', room: true });
    expect(await world.during(ann.engine.say({ text: 'Hello everybody' }))).toEqual({ reached: 2, missed: [] });
    const saying = ['one', 'two', 'three'].map((text) => ben.engine.say({ text }));
    for (const said of await world.during(Promise.all(saying))) expect(said).toEqual({ reached: 2, missed: [] });
    await world.during(cleo.engine.say({ text: 'x'.repeat(600) }));
    await world.clock.advance(1000);
    const all = [
      ['Ann', 'Hello everybody'],
      ['Ben', 'one'],
      ['Ben', 'two'],
      ['Ben', 'three'],
      ['Cleo', 'x'.repeat(600)],
    ];
    for (const guest of guests) expect(heard(guest)).toEqual(all);
    expect(linesOf(cleo)[0]).toMatchObject({ from: (await world.whois(ann)).address, sentAt: expect.any(Number) });
    for (const guest of guests) {
      // Nobody became a contact or a request; no history, nothing still to send.
      expect(await guest.engine.contacts({})).toEqual([]);
      expect((await guest.engine.history({})).messages).toEqual([]);
      for (const table of ['outbox', 'message', 'receipt_due', 'parked', 'seen']) {
        expect(guest.store.get(`SELECT count(*) AS n FROM ${table}`), table).toEqual({ n: 0 });
      }
      const waiting = await node.store?.waiting(parseAddress((await world.whois(guest)).address), 1);
      expect(waiting ?? 0).toBe(0);
    }
    expect(node.metrics.stored).toBe(0);
  });

  it('who blocked somebody neither hears them nor is heard; the others do', async () => {
    const { guests } = await room(801, ['Ann', 'Ben', 'Cleo']);
    const [ann, ben, cleo] = guests as [Person, Person, Person];
    const { address } = await ann.engine.add({ to: (await world.whois(ben)).address, name: 'Benno' });
    await world.during(ben.engine.say({ text: 'before' }));
    await world.clock.advance(500);
    expect(heard(ann)).toEqual([['Benno', 'before']]);
    await ann.engine.updateContact({ address, status: 'blocked' });
    expect(await world.during(ann.engine.say({ text: 'not for Ben' }))).toEqual({ reached: 1, missed: [] });
    await world.during(ben.engine.say({ text: 'after' }));
    await world.clock.advance(500);
    expect(heard(ann).map(([, text]) => text)).toEqual(['before', 'not for Ben']);
    expect(heard(ben).map(([, text]) => text)).toEqual(['before', 'after']);
    expect(heard(cleo).map(([, text]) => text)).toEqual(['before', 'not for Ben', 'after']);
  });

  it('who left is not counted; who cannot be reached is named; refusals are in words', async () => {
    const { node, guests } = await room(802, ['Ann', 'Ben', 'Ann']);
    const [ann, ben, other] = guests as [Person, Person, Person];
    await world.during(other.engine.say({ text: 'two of a name' }));
    await world.clock.advance(500);
    expect(heard(ann)).toEqual([['Ann-2', 'two of a name']]);
    await ben.close();
    await world.clock.advance(500);
    expect(await world.during(ann.engine.say({ text: 'Ben has gone' }))).toEqual({ reached: 1, missed: [] });
    const { guests: present } = node.core!;
    const find = present!.find.bind(present);
    const ghost = world.random(32);
    present!.find = (token) => {
      const found = find(token);
      if (token === '') found.present.push({ $typeName: 'sotto.v1.Present', account: ghost, name: 'Ghost' });
      return found;
    };
    const said = await world.during(ann.engine.say({ text: 'hello?' }));
    expect(said).toEqual({ reached: 1, missed: ['Ghost'] });
    await expect(ann.engine.say({ text: '  ' })).rejects.toMatchObject({ code: 'bad-input' });
    await expect(ann.engine.say({ text: 'é'.repeat(301) })).rejects.toMatchObject({
      code: 'too-long',
      message: expect.stringContaining('602 bytes'),
    });
    node.stop();
    await world.clock.advance(1000);
    await expect(ann.engine.say({ text: 'anybody?' })).rejects.toMatchObject({ code: 'unreachable', retry: true });
  });

  it('a node that is no private room has no lobby', async () => {
    world = new World(803);
    const node = await world.node('ws://live.example:8080', { live: true });
    const ann = await world.person('Ann', node);
    expect(await ann.engine.connection({})).not.toHaveProperty('room');
    await expect(ann.engine.say({ text: 'hello' })).rejects.toMatchObject({ code: 'not-allowed' });
  });

  it('a guest who shouts is heard 20 times, then twice a second', async () => {
    const { guests } = await room(804, ['Ann', 'Ben']);
    const [ann, ben] = guests as [Person, Person];
    const saying = Array.from({ length: 60 }, (_, at) => ann.engine.say({ text: `line ${at}` }));
    await world.during(Promise.all(saying));
    await world.clock.advance(1000);
    expect(heard(ben).length).toBeGreaterThanOrEqual(20);
    expect(heard(ben).length).toBeLessThanOrEqual(25);
  });
});

describe('ENG-30: a full room', () => {
  it('51 guests: a line reaches the 50 others; with one more it is refused, and said to nobody', async () => {
    const names = Array.from({ length: 51 }, (_, at) => `Guest ${at}`);
    const { node, guests } = await room(805, names);
    const [speaker, ...others] = guests as [Person, ...Person[]];
    expect(await world.during(speaker.engine.say({ text: 'welcome, all' }))).toEqual({ reached: 50, missed: [] });
    await world.clock.advance(1000);
    for (const other of others) expect(heard(other)).toEqual([['Guest 0', 'welcome, all']]);
    await world.during(others[49]!.engine.say({ text: 'thank you' }));
    await world.clock.advance(1000);
    for (const guest of guests) expect(heard(guest).at(-1)).toEqual(['Guest 50', 'thank you']);
    await world.person('One too many', node);
    await expect(world.during(speaker.engine.say({ text: 'and now?' }))).rejects.toMatchObject({
      code: 'not-allowed',
      message: expect.stringContaining('at most 50'),
    });
    await world.clock.advance(1000);
    for (const guest of guests) expect(heard(guest)).toHaveLength(2);
  }, 60_000);
});
