import { afterEach, describe, expect, it } from 'vitest';
import { World } from './world.ts';
import type { Person } from './world.ts';

let world = new World();
afterEach(() => world.end());

const devicesOfRows = (person: Person): number[] =>
  person.store.all('SELECT DISTINCT device FROM outbox ORDER BY device').map((row) => Number(row['device']));

describe('devices that are not there any more', () => {
  it('ENG-44: what is refused for one is looked up at once: it goes to nobody, and to the device that is new', async () => {
    world = new World(340);
    const node = await world.node();
    const alice = await world.person('Alice', node);
    const bob = await world.person('Bob', node);
    await world.introduce(alice, bob);
    const [toAlice, toBob] = [(await world.whois(alice)).address, (await world.whois(bob)).address];
    const tablet = await world.device(bob, 'tablet', node);
    await bob.engine.send({ to: toAlice, text: 'two devices now' });
    await world.clock.advance(3000);
    await alice.engine.send({ to: toBob, text: 'seen' });
    await world.clock.advance(65_000);
    expect(await tablet.engine.history({ conversation: toAlice })).toMatchObject({
      messages: expect.arrayContaining([expect.objectContaining({ content: { text: 'seen' } })]) as unknown,
    });
    await alice.close();
    await world.during(bob.engine.revokeDevice({ device: 2 }));
    const phone = await world.device(bob, 'phone', node);
    await world.clock.advance(3000);
    // Whatever they told Alice of it is lost: she writes to the devices she knew.
    await node.store!.acknowledge([{ mailbox: await mailboxOf(alice), device: 1, ids: await waitingFor(alice, node) }]);
    await alice.open();
    await alice.engine.send({ to: toBob, text: 'to whom?' });
    await world.clock.advance(3000);
    expect(devicesOfRows(alice)).not.toContain(2);
    expect((await bob.texts(alice)).at(-1)).toBe('to whom?');
    expect((await phone.texts(alice)).at(-1)).toBe('to whom?');
    expect(await tablet.texts(alice)).not.toContain('to whom?');
    expect(alice.events).toContainEqual(expect.objectContaining({ type: 'notice', code: 'devices-changed' }));
  });
});

async function mailboxOf(person: Person): Promise<Uint8Array> {
  const { parseAddress } = await import('@sotto/protocol/identity');
  return parseAddress((await world.whois(person)).address);
}

async function waitingFor(person: Person, node: { store: WorldStore | null }): Promise<Uint8Array[]> {
  const waiting = await node.store!.take(await mailboxOf(person), 1, 0, 100);
  return waiting.map(({ id }) => id);
}

type WorldStore = NonNullable<Awaited<ReturnType<World['node']>>['store']>;
