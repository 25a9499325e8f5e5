import { afterEach, describe, expect, it } from 'vitest';
import { linkDevice } from '@sotto/engine';
import type { LinkedDevice, LinkProgress } from '@sotto/engine';
import { Person, World } from './world.ts';
import type { WorldNode } from './world.ts';
import { forgeSecret } from './forge-link-code.ts';

let world = new World();
afterEach(() => world.end());

const PHRASE_WORDS = 24;

interface Newcomer {
  readonly device: Person;
  readonly code: string;
  readonly linked: Promise<LinkedDevice>;
  readonly progress: LinkProgress[];
  readonly abort: AbortController;
}

/** A new device that shows its code. */
async function newcomer(node: WorldNode, name = 'phone'): Promise<Newcomer> {
  const device = new Person(world, name);
  world.people.push(device);
  const progress: LinkProgress[] = [];
  const abort = new AbortController();
  let code = '';
  const linked = linkDevice(device.platform, {
    node: node.url,
    psk: node.psk,
    name,
    onCode: (text) => (code = text),
    onProgress: (step) => progress.push(step),
    signal: abort.signal,
  });
  linked.catch(() => undefined);
  await world.clock.until(() => code !== '');
  return { device, code, linked, progress, abort };
}

const texts = async (device: Person, address: string): Promise<string[]> =>
  (await device.engine.history({ conversation: address, limit: 1000 })).messages.map(({ content }) =>
    'text' in content ? content.text : JSON.stringify(content),
  );

async function couple(seed: number): Promise<{ node: WorldNode; alice: Person; bob: Person; toBob: string }> {
  world = new World(seed);
  const node = await world.node();
  const alice = await world.person('Alice', node);
  const bob = await world.person('Bob', node);
  await world.introduce(alice, bob);
  const toBob = (await world.whois(bob)).address;
  await alice.engine.send({ to: toBob, text: 'hello' });
  await world.clock.advance(5000);
  return { node, alice, bob, toBob };
}

describe('linking', () => {
  it('DEV-3, DEV-4: the new device shows a code, the old one reads it, and both are devices of one account', async () => {
    const { node, alice, toBob } = await couple(300);
    await alice.engine.updateContact({ address: toBob, name: 'Bobby', verified: true });
    const { device, code, linked, progress } = await newcomer(node);
    expect(code).toMatch(/^sotto-link:[\w-]{300,400}$/);
    const approved = await world.during(alice.engine.approveLink({ code, name: 'my phone' }));
    const me = await alice.engine.whoami({});
    expect(await world.during(linked)).toMatchObject({ address: me.address, device: 2, name: 'Alice' });
    expect(approved).toMatchObject({ device: 2, name: 'my phone', current: false });
    expect(progress.map(({ step }) => step)).toEqual(['connecting', 'waiting', 'approved', 'contacts']);
    expect(progress[2]).toEqual({ step: 'approved', address: me.address });
    await device.open();
    await world.clock.advance(60_000);
    expect(await device.engine.whoami({})).toMatchObject({ address: me.address, device: 2, name: 'Alice' });
    expect(await device.engine.contacts({})).toMatchObject([{ address: toBob, name: 'Bobby', verified: true }]);
    expect(await texts(device, toBob)).toEqual(['hello']);
    const known = await device.engine.devices({});
    expect(known.devices.map((entry) => [entry.device, entry.name, entry.current])).toEqual([
      [1, '', false],
      [2, 'my phone', true],
    ]);
    expect(known.canApprove).toBe(false);
    expect((await alice.engine.devices({})).canApprove).toBe(true);
  });

  it('DEV-3: the new device may wait at another node, even of another network', async () => {
    const { node, alice, bob, toBob } = await couple(301);
    const other = await world.node('ws://cafe.example:8080');
    const { device, code, linked } = await newcomer(other);
    await world.during(alice.engine.approveLink({ code }));
    await world.during(linked);
    await device.open();
    await world.clock.advance(60_000);
    expect((await device.engine.whoami({})).node).toBe(node.url);
    await bob.engine.send({ to: (await world.whois(alice)).address, text: 'to both' });
    await world.clock.advance(5000);
    expect(await texts(device, toBob)).toContain('to both');
  });

  it('DEV-5: a linked device says where to go, and can do it with the recovery phrase, which it does not keep', async () => {
    world = new World(302);
    const node = await world.node();
    const alice = new Person(world, 'Alice');
    world.people.push(alice);
    const phrase = await alice.create(node, 'Alice');
    await alice.open();
    await world.clock.until(async () => (await alice.engine.whoami({})).invite !== '');
    expect(phrase.split(' ')).toHaveLength(PHRASE_WORDS);
    const phone = await world.device(alice, 'phone', node);
    const { code, linked } = await newcomer(node, 'tablet');
    await expect(phone.engine.approveLink({ code })).rejects.toMatchObject({ code: 'not-allowed' });
    const wrong = phone.engine.approveLink({ code, phrase: phrase.replace(/^\S+/, 'zebra') });
    await expect(wrong).rejects.toMatchObject({ code: 'bad-input' });
    await world.during(phone.engine.approveLink({ code, phrase }));
    expect(await world.during(linked)).toMatchObject({ device: 3 });
    expect((await phone.engine.devices({})).canApprove).toBe(false);
    await world.clock.advance(60_000);
    expect((await alice.engine.devices({})).devices).toHaveLength(3);
    await world.during(phone.engine.revokeDevice({ device: 3, phrase }));
    await world.clock.advance(60_000);
    expect((await alice.engine.devices({})).devices.map((entry) => entry.device)).toEqual([1, 2]);
    await expect(phone.engine.revokeDevice({ device: 1 })).rejects.toMatchObject({ code: 'not-allowed' });
  });

  it('DEV-1, DEV-3: wrong, old and used codes are refused in words; nothing is changed', async () => {
    const { node, alice } = await couple(303);
    const { code, linked } = await newcomer(node);
    const refused = async (text: string): Promise<string> =>
      await world.during(
        alice.engine.approveLink({ code: text }).then(
          () => 'approved',
          (error: Error) => error.message,
        ),
      );
    expect(await refused('nonsense')).toMatch(/link code/i);
    expect(await refused(code.slice(0, -3))).toMatch(/cut off/);
    expect(await refused((await alice.engine.whoami({})).invite)).toMatch(/link code/i);
    expect(await refused(code)).toBe('approved');
    await world.during(linked);
    expect(await refused(code)).toMatch(/used already/);
    const late = await newcomer(node);
    await world.clock.advance(601_000);
    expect(await refused(late.code)).toMatch(/too old/);
    await expect(late.linked).rejects.toMatchObject({ code: 'try-later' });
    const gone = await newcomer(node);
    gone.abort.abort();
    await expect(world.during(gone.linked)).rejects.toMatchObject({ code: 'closed' });
    expect(await refused(gone.code)).toMatch(/does not answer/);
    expect((await alice.engine.devices({})).devices).toHaveLength(2);
    await expect(gone.device.open()).rejects.toMatchObject({ code: 'not-found' });
  });

  it('DEV-3: a code that a stranger changed, or who does not know its secret, takes no device', async () => {
    const { node, alice } = await couple(304);
    const mallory = await world.person('Mallory', node);
    const first = await newcomer(node);
    // Mallory has the code's public part (the throw-away account is known to the node), not its secret.

    const forged = mallory.engine.approveLink({ code: forgeSecret(first.code, world.clock.now()) });
    await expect(world.during(forged)).rejects.toMatchObject({ code: 'try-later' });
    expect(first.progress.map(({ step }) => step)).not.toContain('approved');
    await world.during(alice.engine.approveLink({ code: first.code }));
    expect((await world.during(first.linked)).address).toBe((await alice.engine.whoami({})).address);
    // Once a device of Alice has answered, the code is worth nothing to anybody else.
    const late = mallory.engine.approveLink({ code: first.code });
    await expect(world.during(late)).rejects.toMatchObject({ code: 'try-later' });
    expect((await mallory.engine.devices({})).devices).toHaveLength(1);
  });

  it('DEV-4: the approver or the new device dies on the way: no half device, and it works the next time', async () => {
    for (const n of [1, 2, 4, 5, 7, 8, 10, 12]) {
      const { node, alice, toBob } = await couple(305 + n);
      const first = await newcomer(node);
      const dying = n % 2 === 0 ? alice : first.device;
      dying.crashAtCommit(Math.ceil(n / 2), n % 4 < 2 ? 'before' : 'after');
      alice.engine.approveLink({ code: first.code }).catch(() => undefined);
      await world.clock.advance(70_000);
      first.abort.abort();
      await world.clock.advance(1000);
      if (alice.isRunning) alice.crash();
      await alice.open();
      await world.clock.advance(10_000);
      const whole = await first.device.open().then(
        () => true,
        () => false,
      );
      await world.clock.advance(60_000);
      // Whole, or not there at all.
      expect(whole ? await texts(first.device, toBob) : ['hello']).toEqual(['hello']);
      const { devices } = await alice.engine.devices({});
      expect(devices.length).toBeGreaterThanOrEqual(whole ? 2 : 1);
      const second = await world.device(alice, 'second', node);
      expect(await texts(second, toBob)).toEqual(['hello']);
      await world.end();
    }
  });

  it('DEV-4, DEV-3: a private room, with its pre-shared key', async () => {
    world = new World(350);
    const node = await world.node('ws://room.example:8080', { psk: world.random(32) });
    const alice = await world.person('Alice', node);
    const phone = await world.device(alice, 'phone', node);
    expect(await phone.engine.connection({})).toMatchObject({ state: 'online' });
  });
});

describe('history for a device that joins', () => {
  it('DEV-14: comes with its order, states, edits, reactions and answers; messages that disappear do not', async () => {
    const { node, alice, bob, toBob } = await couple(360);
    const toAlice = (await world.whois(alice)).address;
    const long = 'ä'.repeat(20_000);
    const edited = await alice.engine.send({ to: toBob, text: 'fist' });
    await world.clock.advance(3000);
    await bob.engine.send({ to: toAlice, text: 'what?', replyTo: edited.id });
    for (const text of [long, `${long}!`, 'short']) await alice.engine.send({ to: toBob, text });
    const deleted = await alice.engine.send({ to: toBob, text: 'never mind' });
    await world.clock.advance(3000);
    await alice.engine.edit({ id: edited.id, text: 'first' });
    await alice.engine.delete({ id: deleted.id });
    await bob.engine.react({ id: edited.id, emoji: '👍' });
    await world.clock.advance(3000);
    await alice.engine.setTimer({ conversation: toBob, seconds: 60 });
    await alice.engine.send({ to: toBob, text: 'soon gone' });
    await world.clock.advance(5000);
    const phone = await world.device(alice, 'phone', node);
    await world.clock.advance(30_000);
    const page = async (device: Person): Promise<unknown[]> =>
      (await device.engine.history({ conversation: toBob })).messages
        .filter(({ content }) => !('text' in content) || content.text !== 'soon gone')
        .map(
          ({
            position: _position,
            receivedAt: _receivedAt,
            storedOn: _storedOn,
            storedNodes: _storedNodes,
            storedOf: _storedOf,
            expiresAt: _expiresAt,
            ...rest
          }) => rest,
        );
    expect(await page(phone)).toEqual(await page(alice));
    expect(await texts(phone, toBob)).not.toContain('soon gone');
    expect((await phone.engine.contacts({}))[0]).toMatchObject({ timer: 60 });
    const progress = phone.events.flatMap((event) => (event.type === 'link' ? [event] : []));
    const { total } = progress.at(-1)!;
    expect(progress.map(({ device, done }) => ({ device, done }))).toEqual(
      Array.from({ length: total }, (_, i) => ({ device: 1, done: i + 1 })),
    );
    expect((await phone.engine.search({ text: 'short' })).messages).toHaveLength(1);
  });

  it('DEV-14: goes on after either device was restarted, in order, before what came since', async () => {
    const { node, alice, bob, toBob } = await couple(361);
    const toAlice = (await world.whois(alice)).address;
    for (let i = 0; i < 6; i++) await alice.engine.send({ to: toBob, text: `${i}`.repeat(30_000) });
    await world.clock.advance(5000);
    const { device: phone, code, linked } = await newcomer(node);
    await world.during(alice.engine.approveLink({ code }));
    await world.during(linked);
    await alice.close();
    await phone.open();
    await world.clock.advance(5000);
    await bob.engine.send({ to: toAlice, text: 'new' });
    await world.clock.advance(5000);
    expect(await texts(phone, toBob)).toEqual(['new']);
    await alice.open();
    await world.clock.advance(300);
    alice.crash();
    await world.clock.advance(5000);
    await phone.close();
    await alice.open();
    await world.clock.advance(20_000);
    await phone.open();
    await world.clock.advance(60_000);
    expect((await texts(phone, toBob)).map((text) => text.slice(0, 3))).toEqual(
      ['hello', ...[0, 1, 2, 3, 4, 5].map((i) => `${i}`.repeat(3)), 'new'].map((text) => text.slice(0, 3)),
    );
  });

  it('ENG-52, DEV-15: what was written before its keys were there comes to a new device, without anything after it', async () => {
    const { node, alice, bob, toBob } = await couple(364);
    const toAlice = (await world.whois(alice)).address;
    const { device: phone, code, linked } = await newcomer(node);
    await world.during(alice.engine.approveLink({ code }));
    await world.during(linked);
    await alice.engine.send({ to: toBob, text: 'there is one more' });
    await world.clock.advance(10_000);
    await bob.engine.send({ to: toAlice, text: 'for both' });
    await world.clock.advance(5000);
    expect((await bob.engine.history({ conversation: toAlice })).messages.at(-1)?.state).toBe('delivered');
    const waiting = 'SELECT device, stage FROM outbox WHERE kind = 1';
    expect(bob.store.all(waiting).map((row) => ({ ...row }))).toEqual([{ device: 2, stage: 0 }]);
    await bob.close();
    await bob.open();
    await world.clock.advance(600_000);
    await phone.open();
    await world.clock.advance(65_000);
    expect(await texts(phone, toBob)).toContain('for both');
    expect(bob.store.all(waiting)).toEqual([]);
  });

  it('DEV-14: is not sent when not wished, and can be called off', async () => {
    const { node, alice, toBob } = await couple(362);
    const bare = await world.device(alice, 'bare', node, false);
    expect(await texts(bare, toBob)).toEqual([]);
    const { device, code, linked } = await newcomer(node);
    await world.during(alice.engine.approveLink({ code }));
    await world.during(linked);
    expect((await alice.engine.cancelHistory({ device: 3 })).cancelled).toBe(1);
    await device.open();
    await world.clock.advance(60_000);
    expect(await texts(device, toBob)).toEqual([]);
    expect((await device.engine.contacts({})).map(({ address }) => address)).toEqual([toBob]);
  });
});
