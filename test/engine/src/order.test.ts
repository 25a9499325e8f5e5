import { afterEach, describe, expect, it } from 'vitest';
import { Loss } from './loss.ts';
import { World } from './world.ts';
import type { Person } from './world.ts';

let world = new World();
afterEach(() => world.end());

async function coupleWithLoss(seed: number): Promise<{ loss: Loss; alice: Person; bob: Person; toBob: string }> {
  world = new World(seed);
  const loss = new Loss();
  const node = await world.node('ws://node.example:8080', { wrap: loss.wrap });
  const alice = await world.person('Alice', node);
  const bob = await world.person('Bob', node);
  await world.introduce(alice, bob);
  const toBob = (await world.whois(bob)).address;
  await alice.engine.send({ to: toBob, text: 'm0' });
  await world.clock.advance(5000);
  await bob.close();
  await alice.close();
  await alice.open();
  await world.clock.advance(1000);
  return { loss, alice, bob, toBob };
}

describe('order', () => {
  it('ENG-7, ENG-8: a lost message holds the next ones 30 s, is shown as a gap, asked for, and filled in', async () => {
    const { loss, alice, bob, toBob } = await coupleWithLoss(80);
    Object.assign(loss, { after: 1, count: 2 });
    for (let i = 1; i <= 5; i++) await alice.engine.send({ to: toBob, text: `m${i}` });
    await world.clock.advance(2000);
    await bob.open();
    await world.clock.advance(20_000);
    expect(await bob.texts(alice)).toEqual(['m0', 'm1']);
    await world.clock.advance(10_100);
    const shown = await bob.texts(alice);
    expect([shown.slice(0, 2), shown.slice(-2)]).toEqual([
      ['m0', 'm1'],
      ['m4', 'm5'],
    ]);
    await world.clock.advance(10_000);
    expect(await bob.texts(alice)).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5']);
    await world.clock.advance(5000);
    const sent = await alice.messages(bob);
    expect(sent.map(({ state }) => state)).toEqual(sent.map(() => 'delivered'));
    const gaps = bob.events.flatMap((event) =>
      (event.type === 'message' || event.type === 'changed') && 'gap' in event.message.content
        ? [event.message.content.gap]
        : [],
    );
    // What came in one packet is told once, as it is then.
    expect([gaps[0], gaps.at(-1)]).toEqual([2, 0]);
  });

  it('ENG-7: what is held is still held after a crash, and still ends', async () => {
    const { loss, alice, bob, toBob } = await coupleWithLoss(81);
    Object.assign(loss, { after: 0, count: 1 });
    for (const text of ['lost', 'kept']) await alice.engine.send({ to: toBob, text });
    await world.clock.advance(2000);
    await alice.close();
    await bob.open();
    await world.clock.advance(5000);
    bob.crash();
    await bob.open();
    await world.clock.advance(15_000);
    expect(await bob.texts(alice)).toEqual(['m0']);
    await world.clock.advance(20_000);
    expect(await bob.texts(alice)).toEqual(['m0', '{"gap":1}', 'kept']);
    expect((await bob.engine.contacts({}))[0]?.unread).toBe(2);
    await alice.open();
    await world.clock.advance(20_000);
    expect(await bob.texts(alice)).toEqual(['m0', 'lost', 'kept']);
  });

  it('ENG-3, ENG-6, ENG-42: what is sent again because its receipt was lost is not shown twice, and confirmed', async () => {
    const { loss, alice, bob, toBob } = await coupleWithLoss(82);
    await bob.open();
    await world.clock.advance(2000);
    await alice.engine.send({ to: toBob, text: 'm1' });
    await world.clock.advance(50);
    await alice.close();
    loss.count = 1;
    await world.clock.advance(5000);
    await alice.open();
    await world.clock.advance(5000);
    expect((await alice.messages(bob)).map(({ state }) => state)).toEqual(['delivered', 'stored']);
    await world.clock.advance(22 * 3_600_000);
    // He is there, and has not said that he has it: his receipt is lost, and he is asked for it by sending it anew.
    await bob.engine.send({ to: (await world.whois(alice)).address, text: 'b1' });
    await world.clock.advance(3 * 3_600_000);
    expect(await bob.texts(alice)).toEqual(['m0', 'm1', 'b1']);
    const own = (await alice.messages(bob)).filter(({ outgoing }) => outgoing);
    expect(own.map(({ state }) => state)).toEqual(['delivered', 'delivered']);
  });
});
