import { afterEach, describe, expect, it } from 'vitest';
import { World } from './world.ts';
import type { Person, WorldNode } from './world.ts';

let world = new World();
afterEach(() => world.end());

interface Friends {
  readonly node: WorldNode;
  readonly alice: Person;
  readonly bob: Person;
  readonly toAlice: string;
  readonly toBob: string;
}

async function friends(seed: number): Promise<Friends> {
  world = new World(seed);
  const node = await world.node();
  const [alice, bob] = [await world.person('Alice', node), await world.person('Bob', node)];
  await world.introduce(alice, bob);
  const [toAlice, toBob] = [(await world.whois(alice)).address, (await world.whois(bob)).address];
  await alice.engine.send({ to: toBob, text: 'old words' });
  await world.clock.advance(2000);
  await bob.engine.send({ to: toAlice, text: 'old answer' });
  await world.clock.advance(10_000);
  return { node, alice, bob, toAlice, toBob };
}

const known = async ({ engine }: Person): Promise<string[]> =>
  (await engine.contacts({})).map(({ address, status }) => `${address} ${status}`);

/** What is on the disk about messages, without their words: the rows that are shown. */
const shownRows = ({ store }: Person): unknown =>
  store.get('SELECT count(*) AS n FROM message WHERE hidden = 0')?.['n'];

describe('ENG-54: a person who is removed', () => {
  it('is nobody that is known, with nothing of what was said, also after a restart', async () => {
    const { alice, bob, toAlice } = await friends(540);
    await bob.engine.updateContact({ address: toAlice, name: 'Ally', verified: true });
    await bob.engine.saveDraft({ conversation: toAlice, text: 'begun' });
    await bob.engine.removeContact({ address: toAlice });
    for (const look of [0, 1]) {
      expect(await bob.engine.contacts({})).toEqual([]);
      await expect(bob.engine.history({ conversation: toAlice })).rejects.toMatchObject({ code: 'unknown-contact' });
      await expect(bob.engine.removeContact({ address: toAlice })).rejects.toMatchObject({ code: 'unknown-contact' });
      expect((await bob.engine.history({})).messages).toEqual([]);
      expect((await bob.engine.search({ text: 'old' })).messages).toEqual([]);
      expect(await bob.engine.drafts({})).toEqual({ drafts: [] });
      expect(await bob.engine.describe({ to: toAlice })).not.toHaveProperty('contact');
      expect(shownRows(bob)).toBe(0);
      if (look === 0) await bob.close();
      if (look === 0) await bob.open();
    }
    expect(bob.events).toContainEqual({ type: 'contact-removed', address: toAlice });
    // The other side is not told, and keeps what it has.
    await world.clock.advance(10_000);
    expect(await alice.texts(bob)).toEqual(['old words', 'old answer']);
  });

  it('is a stranger when they write again: a request with these words alone', async () => {
    const { alice, bob, toAlice, toBob } = await friends(541);
    await bob.engine.removeContact({ address: toAlice });
    await world.clock.advance(10_000);
    await alice.engine.typing({ to: toBob, active: true });
    await world.clock.advance(2000);
    expect(await bob.engine.contacts({})).toEqual([]);
    await alice.engine.send({ to: toBob, text: 'are you there?' });
    await world.clock.advance(10_000);
    expect(await known(bob)).toEqual([`${toAlice} request`]);
    expect(await bob.texts(alice)).toEqual(['are you there?']);
    // Nobody hears that it was read or even came.
    expect((await alice.messages(bob)).at(-1)?.state).toBe('stored');
    await bob.engine.updateContact({ address: toAlice, status: 'accepted' });
    await world.clock.advance(10_000);
    expect((await alice.messages(bob)).at(-1)?.state).toBe('delivered');
    await bob.engine.send({ to: toAlice, text: 'again' });
    await world.clock.advance(10_000);
    expect((await alice.texts(bob)).slice(-2)).toEqual(['are you there?', 'again']);
    expect(await bob.texts(alice)).toEqual(['are you there?', 'again']);
    expect((await bob.engine.contacts({}))[0]).toMatchObject({ verified: false, name: 'Alice' });
  });

  it('has the strangers’ lane alone once the others have the new capability', async () => {
    const { node, alice, bob, toAlice, toBob } = await friends(542);
    const carol = await world.person('Carol', node);
    await world.introduce(carol, bob);
    await carol.engine.send({ to: toBob, text: 'I am Carol' });
    await world.clock.advance(2000);
    await bob.engine.send({ to: (await world.whois(carol)).address, text: 'hi' });
    await world.clock.advance(10_000);
    await bob.engine.removeContact({ address: toAlice });
    await world.clock.advance(3_700_000);
    await carol.engine.send({ to: toBob, text: 'as ever' });
    await alice.engine.send({ to: toBob, text: 'hello?' });
    await world.clock.advance(10_000);
    expect((await carol.messages(bob)).at(-1)?.state).toBe('delivered');
    expect(await bob.texts(alice)).toEqual(['hello?']);
    expect(await known(bob)).toContain(`${toAlice} request`);
  });

  it('can be added again by address, and both talk on', async () => {
    const { alice, bob, toAlice } = await friends(543);
    await bob.engine.removeContact({ address: toAlice });
    await world.clock.advance(10_000);
    await bob.engine.add({ to: toAlice, name: 'Alice again' });
    expect(await bob.engine.contacts({})).toMatchObject([{ name: 'Alice again', status: 'accepted', verified: false }]);
    await bob.engine.send({ to: toAlice, text: 'I am back' });
    await world.clock.advance(10_000);
    expect((await bob.messages(alice)).map(({ state }) => state)).toEqual(['delivered']);
    expect((await alice.texts(bob)).at(-1)).toBe('I am back');
  });

  it('gets nothing that was waiting for them', async () => {
    const { node, alice, bob, toAlice, toBob } = await friends(544);
    node.stop();
    await bob.engine.send({ to: toAlice, text: 'never mind' });
    await bob.engine.removeContact({ address: toAlice });
    node.start();
    await world.clock.advance(120_000);
    expect(await alice.texts(bob)).toEqual(['old words', 'old answer']);
    expect(bob.store.get('SELECT count(*) AS n FROM outbox')).toEqual({ n: 0 });
    await alice.engine.send({ to: toBob, text: 'new' });
    await world.clock.advance(60_000);
    expect(await bob.texts(alice)).toEqual(['new']);
  });
});

describe('DEV-12: removing counts on all devices of the account', () => {
  const SETTLED_MS = 65_000;

  it('with everything that was said, also what another device said that did not know yet', async () => {
    const { node, alice, bob, toAlice } = await friends(545);
    const phone = await world.device(bob, 'phone', node);
    await bob.engine.removeContact({ address: toAlice });
    await phone.engine.send({ to: toAlice, text: 'at the same time' });
    await world.clock.advance(SETTLED_MS);
    for (const device of [bob, phone]) {
      expect(await device.engine.contacts({})).toEqual([]);
      expect((await device.engine.history({})).messages).toEqual([]);
    }
    expect(phone.events).toContainEqual({ type: 'contact-removed', address: toAlice });
    expect((await alice.texts(bob)).at(-1)).toBe('at the same time');
  });

  it('and adding again afterwards does, too', async () => {
    const { node, alice, bob, toAlice, toBob } = await friends(546);
    const phone = await world.device(bob, 'phone', node);
    await phone.engine.removeContact({ address: toAlice });
    await world.clock.advance(SETTLED_MS);
    expect(await bob.engine.contacts({})).toEqual([]);
    await bob.engine.add({ to: toAlice });
    await bob.engine.send({ to: toAlice, text: 'once more' });
    await world.clock.advance(SETTLED_MS);
    await alice.engine.send({ to: toBob, text: 'gladly' });
    await world.clock.advance(SETTLED_MS);
    for (const device of [bob, phone]) {
      expect(await known(device)).toEqual([`${toAlice} accepted`]);
      const { messages } = await device.engine.history({ conversation: toAlice });
      expect(messages.map(({ content }) => ('text' in content ? content.text : null))).toEqual(['once more', 'gladly']);
    }
  });

  it('on a device that was away, and one that joins later knows nothing of it', async () => {
    const { node, bob, toAlice } = await friends(547);
    const phone = await world.device(bob, 'phone', node);
    await phone.close();
    await bob.engine.removeContact({ address: toAlice });
    await world.clock.advance(SETTLED_MS);
    const tablet = await world.device(bob, 'tablet', node);
    await phone.open();
    await world.clock.advance(SETTLED_MS);
    for (const device of [bob, phone, tablet]) {
      expect(await device.engine.contacts({})).toEqual([]);
      expect((await device.engine.history({})).messages).toEqual([]);
    }
  });
});
