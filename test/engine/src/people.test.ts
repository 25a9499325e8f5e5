import { afterEach, describe, expect, it } from 'vitest';
import { World } from './world.ts';
import type { Person, WorldNode } from './world.ts';

let world = new World();
afterEach(() => world.end());

async function strangers(
  seed: number,
): Promise<{ node: WorldNode; alice: Person; bob: Person; toBob: string; toAlice: string }> {
  world = new World(seed);
  const node = await world.node();
  const alice = await world.person('Alice', node);
  const bob = await world.person('Bob', node);
  return { node, alice, bob, toBob: (await world.whois(bob)).address, toAlice: (await world.whois(alice)).address };
}

describe('people', () => {
  it('ENG-15: a stranger is a request: kept apart, not confirmed, until accepted', async () => {
    const { alice, bob, toBob, toAlice } = await strangers(20);
    await alice.engine.send({ to: toBob, text: 'You do not know me' });
    await world.clock.advance(10_000);
    expect(await bob.engine.contacts({})).toMatchObject([
      { address: toAlice, status: 'request', unread: 1, profileName: 'Alice' },
    ]);
    expect((await bob.messages(alice))[0]).toMatchObject({ request: true, content: { text: 'You do not know me' } });
    expect((await alice.messages(bob))[0]?.state).toBe('stored');
    await bob.engine.markRead({ conversation: toAlice, upTo: 99 });
    await world.clock.advance(10_000);
    expect((await alice.messages(bob))[0]?.state).toBe('stored');

    await bob.engine.updateContact({ address: toAlice, status: 'accepted' });
    await world.clock.advance(5000);
    expect((await alice.messages(bob))[0]?.state).toBe('delivered');
    expect((await bob.messages(alice))[0]).not.toHaveProperty('request');
    expect(await alice.engine.contacts({})).toMatchObject([{ profileName: 'Bob', status: 'accepted' }]);
    expect(await alice.texts(bob)).toEqual(['You do not know me']);
  });

  it('WEB-68: each profile has a name of its own for a contact, and keeps it', async () => {
    const { node, alice, bob, toBob } = await strangers(22);
    const carol = await world.person('Carol', node);
    const places = [];
    for (const person of [alice, carol]) places.push((await person.engine.add({ to: toBob })).place);
    expect(places[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(places).size).toBe(2);
    await alice.engine.add({ to: (await world.whois(carol)).address });
    expect(new Set((await alice.engine.contacts({})).map(({ place }) => place)).size).toBe(2);
    await alice.close();
    await alice.open();
    expect((await alice.engine.contacts({})).map(({ place }) => place)).toContain(places[0]);
    expect(await bob.engine.contacts({})).toEqual([]);
  });

  it('ENG-15: answering a request accepts it', async () => {
    const { alice, bob, toBob, toAlice } = await strangers(21);
    await alice.engine.send({ to: toBob, text: 'Hello?' });
    await world.clock.advance(5000);
    await bob.engine.send({ to: toAlice, text: 'Who is it?' });
    await world.clock.advance(5000);
    expect(await alice.texts(bob)).toEqual(['Hello?', 'Who is it?']);
    expect(await bob.engine.contacts({ status: 'accepted' })).toHaveLength(1);
    expect((await bob.messages(alice))[1]?.state).toBe('delivered');
  });

  it('ENG-15: an invite, an address or a token says whom it names before anybody is added', async () => {
    const { alice, bob, toBob } = await strangers(29);
    const { invite, token, node } = await bob.engine.whoami({});
    const bobsNode = { address: toBob, token, node, own: false, room: false, elsewhere: false };
    expect(await alice.engine.describe({ to: ` ${invite}` })).toEqual({ ...bobsNode, name: 'Bob' });
    expect(await alice.engine.describe({ to: toBob })).toEqual({ ...bobsNode, node: '', name: '' });
    expect(await alice.engine.contacts({})).toEqual([]);
    expect(await bob.engine.describe({ to: invite })).toMatchObject({ own: true });
    expect(await bob.engine.describe({ to: token })).toMatchObject({ own: true });
    await alice.engine.add({ to: invite, name: 'Bobby' });
    expect(await alice.engine.describe({ to: token })).toMatchObject({ name: 'Bob', contact: { name: 'Bobby' } });
    for (const to of ['Bob', toBob.slice(0, -1), `${invite}x`, '']) {
      await expect(alice.engine.describe({ to })).rejects.toMatchObject({ code: 'bad-input' });
    }
  });

  it('settings of the own account can be read where they are changed', async () => {
    const { alice } = await strangers(30);
    expect(await alice.engine.whoami({})).toMatchObject({ readReceipts: true, typing: true });
    const changed = { listed: true, readReceipts: false, typing: false };
    expect(await alice.engine.setProfile(changed)).toMatchObject(changed);
    expect(await alice.engine.whoami({})).toMatchObject(changed);
  });

  it('ENG-6: an invite opens the contacts lane once; then the capability does', async () => {
    const { node, alice, bob } = await strangers(22);
    const { invite } = await world.whois(bob);
    await alice.engine.send({ to: invite, text: 'from your link' });
    await world.clock.advance(5000);
    await alice.engine.send({ to: 'Bob', text: 'again' });
    await world.clock.advance(5000);
    expect(await bob.texts(alice)).toEqual(['from your link', 'again']);
    await bob.engine.updateContact({ address: (await world.whois(alice)).address, status: 'accepted' });
    await world.clock.advance(5000);
    await alice.engine.send({ to: 'Bob', text: 'as a contact' });
    await world.clock.advance(5000);
    expect((await alice.messages(bob)).map(({ state }) => state)).toEqual(['delivered', 'delivered', 'delivered']);
    expect((await bob.engine.whoami({})).invite).not.toBe(invite);
    expect(node.metrics).toBeDefined();
  });

  it('ENG-15: what a blocked contact sends is dropped, and the others get a new capability', async () => {
    world = new World(23);
    const node = await world.node();
    const [alice, bob, carol] = [
      await world.person('Alice', node),
      await world.person('Bob', node),
      await world.person('Carol', node),
    ];
    await world.introduce(alice, bob);
    await world.introduce(carol, bob);
    const toBob = (await world.whois(bob)).address;
    for (const person of [alice, carol]) {
      await person.engine.send({ to: toBob, text: `I am ${person.name}` });
      await world.clock.advance(2000);
      await bob.engine.send({ to: (await world.whois(person)).address, text: 'hi' });
    }
    await world.clock.advance(10_000);
    await bob.engine.updateContact({ address: (await world.whois(alice)).address, status: 'blocked' });
    await world.clock.advance(10_000);
    await alice.engine.send({ to: toBob, text: 'why?' });
    await carol.engine.send({ to: toBob, text: 'still here' });
    await world.clock.advance(10_000);
    expect(await bob.texts(alice)).toEqual(['I am Alice', 'hi']);
    expect(await bob.texts(carol)).toEqual(['I am Carol', 'hi', 'still here']);
    expect((await alice.messages(bob)).at(-1)?.state).toBe('stored');
    expect((await carol.messages(bob)).at(-1)?.state).toBe('delivered');
    await expect(bob.engine.send({ to: (await world.whois(alice)).address, text: 'x' })).rejects.toMatchObject({
      code: 'blocked',
    });

    // An hour later everybody has the new one: the old capability opens nothing, and the strangers' lane is left.
    await world.clock.advance(3_700_000);
    await alice.engine.send({ to: toBob, text: 'hello?' });
    await carol.engine.send({ to: toBob, text: 'an hour later' });
    await world.clock.advance(10_000);
    expect((await carol.messages(bob)).at(-1)?.state).toBe('delivered');
    expect(await bob.texts(alice)).toEqual(['I am Alice', 'hi']);
    await bob.engine.updateContact({ address: (await world.whois(alice)).address, status: 'accepted' });
    await world.clock.advance(10_000);
    await alice.engine.send({ to: toBob, text: 'friends again' });
    await world.clock.advance(10_000);
    expect((await bob.texts(alice)).at(-1)).toBe('friends again');
  });

  it('ENG-13: a new name reaches contacts with the next message', async () => {
    const { alice, bob, toBob } = await strangers(24);
    await world.introduce(alice, bob);
    await alice.engine.send({ to: toBob, text: 'one' });
    await world.clock.advance(5000);
    await alice.engine.setProfile({ name: 'Alice Cooper', color: 0x123456 });
    await alice.engine.send({ to: toBob, text: 'two' });
    await world.clock.advance(5000);
    expect(await bob.engine.contacts({})).toMatchObject([{ name: 'Alice Cooper', color: 0x123456 }]);
    await bob.engine.updateContact({ address: (await world.whois(alice)).address, name: 'Ali', verified: true });
    expect(await bob.engine.contacts({})).toMatchObject([{ name: 'Ali', profileName: 'Alice Cooper', verified: true }]);
  });

  it('ID-18: both sides see the same safety number', async () => {
    const { alice, bob, toBob, toAlice } = await strangers(25);
    await world.introduce(alice, bob);
    const a = await alice.engine.safetyNumber({ address: toBob });
    const b = await bob.engine.safetyNumber({ address: toAlice });
    expect(a.digits).toMatch(/^(\d{5} ){11}\d{5}$/);
    expect(b.digits).toBe(a.digits);
  });

  it('wrong recipients are refused in words', async () => {
    const { alice, toAlice } = await strangers(26);
    await expect(alice.engine.send({ to: 'Nobody', text: 'x' })).rejects.toMatchObject({ code: 'unknown-contact' });
    await expect(alice.engine.send({ to: 'did:key:z6Mk', text: 'x' })).rejects.toMatchObject({ code: 'bad-input' });
    await expect(alice.engine.add({ to: 'nonsense' })).rejects.toMatchObject({
      code: 'bad-input',
      message: '"nonsense" is no invite link, no address and no token.',
    });
    await expect(alice.engine.send({ to: toAlice, text: 'x' })).rejects.toMatchObject({ code: 'bad-input' });
    await expect(alice.engine.history({ conversation: 'Nobody' })).rejects.toMatchObject({ code: 'unknown-contact' });
    await expect(alice.engine.resend({ id: '00'.repeat(16) })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('ENG-6: an address without a mailbox fails the message in words', async () => {
    const { node, alice } = await strangers(27);
    const nobody = new World(99);
    const elsewhere = await nobody.node();
    const ghost = await nobody.person('Ghost', elsewhere);
    const { address } = await nobody.whois(ghost);
    await nobody.end();
    await alice.engine.send({ to: address, text: 'hello?' });
    await world.clock.advance(5000);
    const { messages } = await alice.engine.history({ conversation: address });
    expect(messages[0]).toMatchObject({
      state: 'failed',
      problem: expect.stringContaining('Nobody with this address'),
    });
    expect(node.core).not.toBeNull();
  });
});
