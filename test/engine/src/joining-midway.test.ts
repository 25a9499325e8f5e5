import { afterEach, describe, expect, it } from 'vitest';
import { Loss } from './loss.ts';
import { World } from './world.ts';
import type { Person, WorldNode } from './world.ts';

let world = new World();
afterEach(() => world.end());

async function two(seed: number): Promise<{ loss: Loss; node: WorldNode; far: WorldNode; alice: Person; bob: Person }> {
  world = new World(seed);
  const loss = new Loss();
  const node = await world.node('ws://node.example:8080', { wrap: loss.wrap });
  const far = await world.node('ws://far.example:8080');
  const alice = await world.person('Alice', node);
  const bob = await world.person('Bob', far);
  await world.introduce(alice, bob);
  return { loss, node, far, alice, bob };
}

describe('a device that joins while something is on its way', () => {
  it('DEV-14: gets what its approver still held back, in its order', async () => {
    const { loss, node, alice, bob } = await two(2400);
    const toBob = (await world.whois(bob)).address;
    const phone = await world.device(alice, 'phone', node);
    // An attached device is given everything at once, and who confirms is told what is missing.
    bob.isCutOff = true;
    alice.isCutOff = true;
    await phone.engine.send({ to: toBob, text: 'one' });
    loss.of = ({ device }) => device === 1;
    loss.count = Number.MAX_SAFE_INTEGER;
    await world.clock.advance(32_000);
    loss.count = 0;
    alice.isCutOff = false;
    await world.clock.advance(60_000);
    expect(await alice.texts(bob)).not.toContain('one');
    await phone.engine.send({ to: toBob, text: 'two' });
    await world.clock.until(() => Number(alice.store.get('SELECT count(*) AS n FROM held')?.['n']) === 1);
    const tablet = await world.device(alice, 'tablet', node);
    await phone.engine.send({ to: toBob, text: 'three' });
    await world.clock.advance(120_000);
    for (const person of [phone, alice, tablet]) {
      expect((await person.texts(bob)).slice(-3)).toEqual(['one', 'two', 'three']);
    }
  });

  it('DEV-14: shows what had not left yet before what was written later, whichever copy comes first', async () => {
    const { loss, node, far, alice, bob } = await two(2401);
    const toBob = (await world.whois(bob)).address;
    await alice.engine.send({ to: toBob, text: 'before' });
    await world.clock.advance(1000);
    far.stop();
    await alice.engine.send({ to: toBob, text: 'waits' });
    await world.clock.advance(1000);
    const next = alice.store.get('SELECT max(next) AS next FROM stream WHERE device = 0')?.['next'];
    const tablet = await world.device(alice, 'tablet', node);
    // It has its number already.
    expect(alice.store.get('SELECT max(next) AS next FROM stream WHERE device = 0')?.['next']).toBe(next);
    loss.of = ({ device }) => device === 2;
    loss.count = Number.MAX_SAFE_INTEGER;
    tablet.isCutOff = true;
    far.start();
    await world.clock.advance(120_000);
    loss.count = 0;
    tablet.isCutOff = false;
    await world.clock.advance(60_000);
    expect(await tablet.texts(bob)).not.toContain('waits');
    await alice.engine.send({ to: toBob, text: 'after' });
    await world.clock.advance(120_000);
    for (const person of [alice, tablet, bob]) {
      expect((await person.texts(bob === person ? alice : bob)).slice(-3)).toEqual(['before', 'waits', 'after']);
    }
  });
});
