import { afterEach, describe, expect, it } from 'vitest';
import { EngineError, StoreError } from '@sotto/engine';
import { sameBytes } from '@sotto/protocol/crypto';
import { addressOf, encodeLinkCode, parseAddress } from '@sotto/protocol/identity';
import { Impostor } from './impostor.ts';
import type { Claims } from './impostor.ts';
import { World } from './world.ts';

let world = new World();
afterEach(() => world.end());

const UNHARMED = [['after'], ['after', 'and then'], 0, []];

/** Bob has an honest contact, and one who keeps to no rule. */
async function hostileContact(seed: number) {
  world = new World(seed);
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
  const send = async (...all: readonly Partial<Claims>[]): Promise<void> => {
    const bodies: Uint8Array[] = [];
    for (const claims of all) {
      const written = await impostor.write(device, bob, impostor.content({ from, to, text: 'me', ...claims }));
      bodies.push(await impostor.seal(bob, device.certificate, written));
    }
    await impostor.put(bob, bodies);
  };
  /** What comes from Alice, before and after the next start; and whether something waits or was told. */
  const goesOn = async (): Promise<unknown[]> => {
    await alice.engine.send({ to: address, text: 'after' });
    await world.clock.advance(60_000);
    const before = await bob.texts(alice);
    await bob.close();
    await bob.open();
    await alice.engine.send({ to: address, text: 'and then' });
    await world.clock.advance(60_000);
    const faults = bob.events.filter((event) => event.type === 'notice' && event.code === 'failed');
    return [before, await bob.texts(alice), await node.store?.waiting(to, 1), faults];
  };
  const waiting = async () => await node.store?.waiting(to, 1);
  return { alice, bob, toBob: address, address: addressOf(from), send, goesOn, waiting };
}

describe('a contact that keeps to no rule', () => {
  it.each([2n ** 53n - 1n, 2n ** 48n, 2n ** 48n + 1n])(
    'ENG-7, ENG-9: a contact that counts up to %d stops nobody else',
    async (order) => {
      const { send, goesOn } = await hostileContact(1300);
      for (const next of [order, order, order - 1n, 2n]) await send({ order: next });
      expect(await goesOn()).toEqual(UNHARMED);
    },
  );

  it('ENG-7, ENG-9: one content under two orders is shown once, and stops nobody else', async () => {
    const { bob, address, send, goesOn } = await hostileContact(1301);
    const id = world.random(16);
    for (const order of [3n, 4n, 6n]) await send({ id, order });
    await send({ order: 2n, text: 'second' });
    await world.clock.advance(60_000);
    const { messages } = await bob.engine.history({ conversation: address, limit: 100 });
    expect(messages.flatMap(({ content }) => ('text' in content ? [content.text] : []))).toEqual([
      'let me in',
      'second',
      'me',
    ]);
    expect(await goesOn()).toEqual(UNHARMED);
  });

  it('ENG-3, ENG-9: what the database refuses to write, however often, holds nobody up and is not acknowledged', async () => {
    const { alice, bob, toBob, address, send, waiting } = await hostileContact(1302);
    const ids = Array.from({ length: 34 }, () => world.random(16));
    const run = bob.store.run.bind(bob.store);
    bob.store.run = (sql, ...values) => {
      const isRefused = values.some((value) => value instanceof Uint8Array && ids.some((id) => sameBytes(id, value)));
      if (isRefused) throw new StoreError('failed', 'refused');
      run(sql, ...values);
    };
    await send(...ids.map((id) => ({ id })));
    await alice.engine.send({ to: toBob, text: 'meanwhile' });
    await world.clock.advance(60_000);
    expect(await bob.texts(alice)).toEqual(['meanwhile']);
    expect(await waiting()).toBe(ids.length);
    bob.store.run = run;
    await bob.close();
    await bob.open();
    await world.clock.advance(10_000);
    expect(await waiting()).toBe(0);
    const { messages } = await bob.engine.history({ conversation: address, limit: 100 });
    expect(messages).toHaveLength(1 + ids.length);
  });

  it('ENG-3: while the database writes nothing, everything waits and comes in its order', async () => {
    const { bob, address, send } = await hostileContact(1303);
    const run = bob.store.run.bind(bob.store);
    bob.store.run = (sql, ...values) => {
      if (/^(INSERT|UPDATE|DELETE)/.test(sql)) throw new StoreError('failed', 'no disk');
      run(sql, ...values);
    };
    await send({ order: 2n, text: 'two' });
    await send({ order: 3n, text: 'three' });
    bob.store.run = run;
    await world.clock.advance(10_000);
    const { messages } = await bob.engine.history({ conversation: address, limit: 100 });
    expect(messages.map(({ content }) => 'text' in content && content.text)).toEqual(['let me in', 'two', 'three']);
  });
});

describe('the other end of a linking', () => {
  it('DEV-3, ENG-9: is heard for its steps alone; what else it writes is shown nowhere', async () => {
    world = new World(1304);
    const node = await world.node();
    const alice = await world.person('Alice', node);
    const { address } = await world.whois(alice);
    const impostor = new Impostor(world, node);
    const account = impostor.account();
    const device = impostor.device(account, 1);
    await impostor.publish(account, [device], null);
    const route = { network: node.identity.network, node: node.identity.nodeId, urls: [node.url] };
    const [requestToken, secret] = [world.random(16), world.random(16)];
    const expires = Math.floor(world.clock.now() / 1000) + 600;
    const keys = impostor.device(account, 2);
    const code = encodeLinkCode({ account: account.publicKey, route, requestToken, secret, keys, expires, psk: null });
    const approval = alice.engine.approveLink({ code }).catch((error: unknown) => error);
    await world.clock.advance(5000);
    const { padded, id } = impostor.content({ from: account.publicKey, to: parseAddress(address), text: 'shown?' });
    const written = await impostor.write(device, alice, { padded, id });
    alice.isCutOff = true;
    await impostor.put(alice, [await impostor.seal(alice, device.certificate, written)], 1, 3600, false);
    alice.isCutOff = false;
    await world.clock.advance(10_000);
    expect(await node.store?.waiting(parseAddress(address), 1)).toBe(0);
    expect(alice.events.filter(({ type }) => type === 'message')).toEqual([]);
    expect(alice.store.all('SELECT position FROM message')).toEqual([]);
    await world.clock.advance(60_000);
    expect(await approval).toBeInstanceOf(EngineError);
    expect(await alice.engine.contacts({})).toEqual([]);
  });
});
