import { afterEach, describe, expect, it } from 'vitest';
import { parseAddress } from '@sotto/protocol/identity';
import { create, SyncContactStatus, SyncSchema } from '@sotto/protocol/wire';
import type { Sync } from '@sotto/protocol/wire';
import { Impostor } from './impostor.ts';
import { World } from './world.ts';

let world = new World();
afterEach(() => world.end());

const LATEST = 2n ** 53n - 1n;

describe('a linked device that keeps to no rule', () => {
  it('TM-63, DEV-5, DEV-10, DEV-12: has no seed, decides nothing for ever, fills nothing, and is out when it is removed', async () => {
    world = new World(1310);
    const node = await world.node();
    const alice = await world.person('Alice', node);
    const bob = await world.person('Bob', node);
    await world.introduce(alice, bob);
    const [toAlice, toBob] = [(await world.whois(alice)).address, (await world.whois(bob)).address];
    await alice.engine.send({ to: toBob, text: 'hello' });
    await world.clock.advance(5000);
    const phone = await world.device(alice, 'phone', node);
    const tablet = await world.device(alice, 'tablet', node);
    await phone.close();
    const impostor = new Impostor(world, node);
    const { device, accountSeed } = impostor.stolen(phone);
    expect([device.device, accountSeed]).toEqual([2, null]);

    const [self, other] = [parseAddress(toAlice), parseAddress(toBob)];
    let order = 1n;
    const tell = async (event: Sync['event']): Promise<void> => {
      const body = { case: 'sync', value: create(SyncSchema, { event }) } as const;
      // Each time far ahead.
      order += 100_000n;
      await impostor.send(device, alice, { from: self, to: self, text: '', order, body });
    };
    const profile = { name: 'Mallory', color: 1 };
    await tell({
      case: 'settings',
      value: { profile, capability: world.random(16), changedAt: LATEST, previousUntil: LATEST } as never,
    });
    await tell({
      case: 'contact',
      value: { account: other, status: SyncContactStatus.BLOCKED, petname: 'Mallory', changedAt: LATEST } as never,
    });
    await tell({ case: 'devices', value: { devices: [{ device: 3, name: 'Mallory' }], changedAt: LATEST } as never });
    expect(await alice.engine.whoami()).toMatchObject({ name: 'Alice' });
    expect(await alice.engine.contacts({})).toMatchObject([{ address: toBob, status: 'accepted', name: 'Bob' }]);
    expect((await alice.engine.devices({})).devices.map(({ name }) => name)).not.toContain('Mallory');
    expect(Number(alice.store.get('SELECT count(*) AS n FROM sync_missing')?.['n'])).toBeLessThanOrEqual(5001);

    // What it asks for again and again is answered once.
    const answers = () => Number(alice.store.get('SELECT count(*) AS n FROM outbox WHERE device = 2')?.['n']);
    await tell({ case: 'recall', value: { since: 0n } as never });
    const once = answers();
    for (let i = 0; i < 3; i++) await tell({ case: 'recall', value: { since: 0n } as never });
    expect([once > 0, answers()]).toEqual([true, once]);

    // It knew the capability: another one is agreed on without it, on all the devices that are left.
    await world.during(alice.engine.revokeDevice({ device: 2 }));
    await world.clock.advance(60_000);
    await impostor.send(device, alice, { from: self, to: other, text: 'as Alice, to Alice' });
    await impostor.send(device, bob, { from: self, to: other, text: 'as Alice' });
    await alice.engine.setProfile({ name: 'Alice B.' });
    await tablet.engine.send({ to: toBob, text: 'still us' });
    await world.clock.advance(60_000);
    expect(await tablet.engine.whoami()).toMatchObject({ name: 'Alice B.' });
    expect(await bob.texts(alice)).toEqual(['hello', 'still us']);
    expect(await alice.texts(bob)).toEqual(['hello', 'still us']);
  });
});
