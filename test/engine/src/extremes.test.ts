import { afterEach, describe, expect, it } from 'vitest';
import { addressOf, parseAddress } from '@sotto/protocol/identity';
import { Impostor } from './impostor.ts';
import { World } from './world.ts';

let world = new World();
afterEach(() => world.end());

describe('numbers at their limits', () => {
  it.each([2n ** 53n - 1n, 2n ** 48n, 2n ** 48n + 1n])(
    'ENG-7, ENG-9: a contact that counts up to %d stops nobody else',
    async (order) => {
      world = new World(1300);
      const node = await world.node();
      const alice = await world.person('Alice', node);
      const bob = await world.person('Bob', node);
      await world.introduce(alice, bob);
      const { address } = await world.whois(bob);
      const impostor = new Impostor(world, node);
      const account = impostor.account();
      const device = impostor.device(account, 1);
      await impostor.publish(account, [device], null);
      const [from, to] = [account.publicKey, parseAddress(address)];
      await impostor.send(device, bob, { from, to, text: 'let me in', order: 1n });
      await bob.engine.add({ to: addressOf(from) });
      for (const next of [order, order, order - 1n, 2n]) {
        await impostor.send(device, bob, { from, to, text: 'me', order: next });
      }
      await alice.engine.send({ to: address, text: 'after' });
      await world.clock.advance(60_000);
      expect(await bob.texts(alice)).toEqual(['after']);
      expect(await node.store?.waiting(to, 1)).toBe(0);
      await bob.close();
      await bob.open();
      await alice.engine.send({ to: address, text: 'and then' });
      await world.clock.advance(60_000);
      expect(await bob.texts(alice)).toEqual(['after', 'and then']);
      expect(bob.events.filter((event) => event.type === 'notice' && event.code === 'failed')).toEqual([]);
    },
  );
});
