import { afterEach, describe, expect, it } from 'vitest';
import { linkDevice } from '@sotto/engine';
import type { RelayStore } from '@sotto/node';
import { nodePrimitives as primitives } from '@sotto/primitives-node';
import {
  accountFromSeed,
  createDevice,
  encodeLinkCode,
  parseAddress,
  parseLinkCode,
  seedFromPhrase,
  signDeviceList,
  verifyDeviceList,
} from '@sotto/protocol/identity';
import { envelopeId } from '@sotto/protocol/mailbox';
import { create, SyncContactSchema, SyncContactStatus, SyncSchema } from '@sotto/protocol/wire';
import { forgeContent } from './forged-content.ts';
import { Person, World } from './world.ts';
import type { WorldNode } from './world.ts';

let world = new World();
afterEach(() => world.end());

const SETTLED_MS = 65_000;

/** The store as a lying node shows it: `lie` stands in for the device list of `victim`. */
class Liar {
  victim: Uint8Array | null = null;
  lie: Uint8Array | null = null;
  /** Everything that was sent through it. */
  readonly bodies: Uint8Array[] = [];

  readonly wrap = (store: RelayStore): RelayStore =>
    new Proxy(store, {
      get: (target, name) => {
        const member = Reflect.get(target, name) as unknown;
        if (typeof member !== 'function') return member;
        if (name === 'access') return (mailbox: Uint8Array) => this.#access(target, mailbox);
        if (name === 'store') {
          return (batch: Parameters<RelayStore['store']>[0]) => {
            for (const { body } of batch) this.bodies.push(body.slice());
            return target.store(batch);
          };
        }
        return member.bind(target) as unknown;
      },
    });

  async #access(store: RelayStore, mailbox: Uint8Array): ReturnType<RelayStore['access']> {
    const access = await store.access(mailbox);
    if (access === null || this.lie === null || this.victim === null) return access;
    return Buffer.from(mailbox).equals(this.victim) ? { ...access, deviceList: this.lie } : access;
  }
}

interface Couple {
  readonly node: WorldNode;
  readonly liar: Liar;
  readonly alice: Person;
  readonly phrase: string;
  readonly bob: Person;
  readonly toAlice: string;
  readonly toBob: string;
}

async function couple(seed: number): Promise<Couple> {
  world = new World(seed);
  const liar = new Liar();
  const node = await world.node(undefined, { wrap: liar.wrap });
  const alice = new Person(world, 'Alice');
  world.people.push(alice);
  const phrase = await alice.create(node, 'Alice');
  await alice.open();
  await world.clock.until(async () => (await alice.engine.whoami({})).invite !== '');
  const bob = await world.person('Bob', node);
  await world.introduce(alice, bob);
  const [toAlice, toBob] = [(await world.whois(alice)).address, (await world.whois(bob)).address];
  await alice.engine.send({ to: toBob, text: 'hello' });
  await world.clock.advance(2000);
  await bob.engine.send({ to: toAlice, text: 'hi' });
  await world.clock.advance(5000);
  return { node, liar, alice, phrase, bob, toAlice, toBob };
}

const texts = async (device: Person, address: string): Promise<unknown[]> =>
  (await device.engine.history({ conversation: address, limit: 1000 })).messages.map(({ content }) =>
    'text' in content ? content.text : content,
  );
const notices = (device: Person): string[] =>
  device.events.flatMap((event) => (event.type === 'notice' ? [event.code] : []));

/** Puts bodies for device 1 into a mailbox as a stranger could. */
async function smuggle(node: WorldNode, mailbox: Uint8Array, bodies: readonly Uint8Array[]): Promise<void> {
  const expires = Math.floor(world.clock.now() / 1000) + 3600;
  await node.store?.store(
    bodies.map((body) => ({
      id: envelopeId(primitives, { mailbox, device: 1, expires, body }),
      mailbox,
      device: 1,
      expires,
      lane: 'stranger' as const,
      body,
      tokenHash: null,
    })),
  );
}

describe('a device that is removed', () => {
  it('DEV-7: gets nothing from the next message on, says so, and stays readable; the others go on', async () => {
    const { node, alice, bob, toAlice, toBob } = await couple(400);
    const phone = await world.device(alice, 'phone', node);
    const mailbox = parseAddress(toAlice);
    await bob.engine.send({ to: toAlice, text: 'to both' });
    await world.clock.advance(SETTLED_MS);
    const before = await texts(phone, toBob);
    expect(before).toContain('to both');
    await world.during(alice.engine.revokeDevice({ device: 2 }));
    await world.clock.advance(2000);
    await bob.engine.send({ to: toAlice, text: 'next' });
    await world.clock.advance(2000);
    await alice.engine.send({ to: toBob, text: 'mine' });
    await world.clock.advance(SETTLED_MS);
    expect(await texts(phone, toBob)).toEqual(before);
    expect(await node.store?.waiting(mailbox, 2)).toBe(0);
    expect(notices(phone)).toContain('device-removed');
    expect(await phone.engine.connection({})).toMatchObject({ state: 'offline', code: 'not-allowed' });
    const refused = { code: 'not-allowed' };
    await expect(phone.engine.send({ to: toBob, text: 'still me' })).rejects.toMatchObject(refused);
    await expect(phone.engine.setProfile({ name: 'Eve' })).rejects.toMatchObject(refused);
    expect((await phone.engine.search({ text: 'both' })).messages).toHaveLength(1);
    expect((await texts(alice, toBob)).slice(-2)).toEqual(['next', 'mine']);
    expect((await texts(bob, toAlice)).slice(-2)).toEqual(['next', 'mine']);
    expect(notices(bob)).toContain('devices-changed');
    // Numbers are never used twice.
    await world.device(alice, 'another', node);
    expect((await alice.engine.devices({})).devices.map(({ device }) => device)).toEqual([1, 3]);
  });

  it('DEV-7: learns it when it comes back, also after a restart', async () => {
    const { node, alice, bob, toAlice, toBob } = await couple(401);
    const phone = await world.device(alice, 'phone', node);
    await phone.close();
    await world.during(alice.engine.revokeDevice({ device: 2 }));
    await bob.engine.send({ to: toAlice, text: 'next' });
    await world.clock.advance(5000);
    await phone.open();
    await world.clock.advance(5000);
    expect(notices(phone)).toContain('device-removed');
    await phone.close();
    await phone.open();
    await world.clock.advance(5000);
    expect(await phone.engine.connection({})).toMatchObject({ state: 'offline', code: 'not-allowed' });
    expect(await texts(phone, toBob)).toEqual(['hello', 'hi']);
  });

  it('DEV-7: a program that dies in the middle of a removal does the rest of it when it runs again', async () => {
    let removals = 0;
    for (const commits of [2, 3, 4]) {
      const { node, alice, bob } = await couple(420 + commits);
      await world.device(alice, 'phone', node);
      await bob.engine.send({ to: (await world.whois(alice)).address, text: 'to both' });
      await world.clock.advance(SETTLED_MS);
      alice.crashAtCommit(commits, 'after');
      const removal = alice.engine.revokeDevice({ device: 2 });
      removal.catch(() => undefined);
      await world.clock.advance(5000);
      if (alice.isRunning) alice.crash();
      await alice.open();
      await world.clock.advance(SETTLED_MS);
      // Nobody wrote anything: the contact was greeted, with a new capability.
      const isRemoved = (await alice.engine.devices({})).devices.length === 1;
      if (isRemoved) removals++;
      expect(notices(bob).filter((code) => code === 'devices-changed')).toHaveLength(isRemoved ? 2 : 1);
      await world.end();
    }
    expect(removals).toBeGreaterThan(0);
  });

  it('DEV-7: what was on its way to it alone goes to the devices that are left', async () => {
    const { node, alice, phrase, bob, toAlice, toBob } = await couple(402);
    const phone = await world.device(alice, 'phone', node);
    await world.during(phone.engine.revokeDevice({ device: 1, phrase }));
    await world.clock.advance(1000);
    await bob.engine.send({ to: toAlice, text: 'who gets this' });
    await world.clock.advance(SETTLED_MS);
    expect((await texts(phone, toBob)).at(-1)).toBe('who gets this');
    const last = (await bob.engine.history({ conversation: toAlice })).messages.at(-1);
    expect(last?.state).toBe('delivered');
    expect(notices(alice)).toContain('device-removed');
    const only = phone.engine.revokeDevice({ device: 2, phrase });
    await expect(world.during(only)).rejects.toMatchObject({ code: 'bad-input' });
  });
});

describe('lists that lie', () => {
  it('DEV-6: an older list is refused and shown, by the contact and by the account’s own devices', async () => {
    const { node, liar, alice, bob, toAlice, toBob } = await couple(410);
    const mailbox = parseAddress(toAlice);
    const phone = await world.device(alice, 'phone', node);
    const old = (await node.store!.access(mailbox))!.deviceList;
    const tablet = await world.device(alice, 'tablet', node);
    await bob.close();
    await world.during(alice.engine.revokeDevice({ device: 3 }));
    await world.clock.advance(SETTLED_MS);
    liar.victim = mailbox;
    liar.lie = old;
    // What the node knew in memory was true.
    node.stop();
    node.start();
    // Bob reads of the newer list in what Alice has sent, and looks it up.
    await bob.open();
    await world.clock.advance(SETTLED_MS);
    expect(notices(bob)).toContain('device-list-refused');
    await bob.engine.send({ to: toAlice, text: 'to those there are' });
    const attempt = alice.engine.revokeDevice({ device: 2 });
    await expect(world.during(attempt)).rejects.toMatchObject({ code: 'try-later' });
    expect(notices(alice)).toContain('device-list-refused');
    for (const device of [alice, phone]) {
      expect((await device.engine.devices({})).devices.map((entry) => entry.device)).toEqual([1, 2]);
    }
    expect(await texts(tablet, toBob)).not.toContain('to those there are');
  });

  it('DEV-6: of two lists with one revision the second is refused and shown', async () => {
    const { node, liar, alice, phrase, bob, toAlice } = await couple(411);
    const mailbox = parseAddress(toAlice);
    const account = accountFromSeed(primitives, seedFromPhrase(phrase));
    const first = verifyDeviceList(primitives, (await node.store!.access(mailbox))!.deviceList, mailbox);
    const phone = await world.device(alice, 'phone', node);
    const stolen = createDevice(primitives, world.random, account, 2, world.clock.now());
    const fork = signDeviceList(primitives, account, {
      certificates: [first.devices[0]!.encoded, stolen.certificate],
      previous: first,
      nowMs: world.clock.now(),
    });
    liar.victim = mailbox;
    liar.lie = fork.encoded;
    // What it knew in memory was true.
    node.stop();
    node.start();
    await world.clock.advance(SETTLED_MS);
    const attempt = alice.engine.revokeDevice({ device: 2 });
    await expect(world.during(attempt)).rejects.toMatchObject({ code: 'try-later' });
    await bob.engine.send({ to: toAlice, text: 'only to the real ones' });
    await world.clock.advance(SETTLED_MS);
    expect(notices(alice)).toContain('device-list-refused');
    expect((await phone.engine.devices({})).devices.map(({ device }) => device)).toEqual([1, 2]);
    expect(await node.store?.waiting(mailbox, 2)).toBe(0);
  });
});

describe('what is not of the own devices', () => {
  it('DEV-8: what devices of one account tell each other is believed of nobody else', async () => {
    const { node, alice, bob, toAlice, toBob } = await couple(420);
    const mailbox = parseAddress(toAlice);
    const block = create(SyncContactSchema, {
      account: parseAddress(toBob),
      status: SyncContactStatus.BLOCKED,
      changedAt: BigInt(world.clock.now() + 1_000_000),
    });
    const body = { case: 'sync' as const, value: create(SyncSchema, { event: { case: 'contact', value: block } }) };
    const list = verifyDeviceList(primitives, (await node.store!.access(mailbox))!.deviceList, mailbox);
    const ofBob = verifyDeviceList(
      primitives,
      (await node.store!.access(parseAddress(toBob)))!.deviceList,
      parseAddress(toBob),
    );
    await alice.close();
    await smuggle(node, mailbox, [
      await forgeContent(world, node, mailbox, { body }),
      await forgeContent(world, node, mailbox, { body, from: mailbox }),
      await forgeContent(world, node, mailbox, { body, from: mailbox, certificate: list.devices[0]!.encoded }),
      await forgeContent(world, node, mailbox, {
        body,
        certificate: ofBob.devices[0]!.encoded,
        from: parseAddress(toBob),
      }),
    ]);
    await alice.open();
    await world.clock.advance(SETTLED_MS);
    expect((await alice.engine.contacts({})).map(({ status }) => status)).toEqual(['accepted']);
    await bob.engine.send({ to: toAlice, text: 'still heard' });
    await world.clock.advance(5000);
    expect((await texts(alice, toBob)).at(-1)).toBe('still heard');
  });

  it('DEV-2, DEV-3: a code whose keys were changed on the way takes no device: nobody signs for them', async () => {
    const { node, alice, bob } = await couple(421);
    const device = new Person(world, 'phone');
    let code = '';
    const abort = new AbortController();
    const linked = linkDevice(device.platform, {
      node: node.url,
      name: '',
      onCode: (text) => (code = text),
      signal: abort.signal,
    });
    linked.catch(() => undefined);
    await world.clock.until(() => code !== '');
    const parsed = parseLinkCode(code, world.clock.now());
    const ofBob = parseAddress((await world.whois(bob)).address);
    const theirs = verifyDeviceList(primitives, (await node.store!.access(ofBob))!.deviceList, ofBob).devices[0]!;
    const changed = encodeLinkCode({ ...parsed, keys: theirs });
    const attempt = alice.engine.approveLink({ code: changed });
    await expect(world.during(attempt)).rejects.toMatchObject({ code: 'try-later' });
    expect((await alice.engine.devices({})).devices).toHaveLength(1);
    abort.abort();
  });

  it('DEV-3, TM-60, TM-62: a node sees the number of devices, and none of what is handed over: neither the secret, nor names, contacts or capability', async () => {
    const { node, liar, alice, toAlice, toBob } = await couple(422);
    await alice.engine.updateContact({ address: toBob, name: 'Bobby the butcher' });
    liar.bodies.length = 0;
    const device = new Person(world, 'phone');
    world.people.push(device);
    let code = '';
    const linked = linkDevice(device.platform, {
      node: node.url,
      name: 'kitchen phone',
      onCode: (text) => (code = text),
    });
    await world.clock.until(() => code !== '');
    await world.during(alice.engine.approveLink({ code }));
    await world.during(linked);
    await device.open();
    await world.clock.advance(SETTLED_MS);
    expect(await device.engine.contacts({})).toMatchObject([{ name: 'Bobby the butcher' }]);
    expect((await node.store!.access(parseAddress(toAlice)))!.devices).toEqual([1, 2]);
    expect(liar.bodies.length).toBeGreaterThan(4);
    const { secret } = parseLinkCode(code, world.clock.now());
    const seen = Buffer.concat(liar.bodies);
    for (const hidden of [secret, parseAddress(toBob), 'Bobby', 'kitchen', 'hello']) {
      expect(seen.includes(typeof hidden === 'string' ? Buffer.from(hidden) : Buffer.from(hidden))).toBe(false);
    }
  });
});
