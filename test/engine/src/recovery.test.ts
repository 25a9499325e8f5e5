import { afterEach, describe, expect, it } from 'vitest';
import { createIdentity, restoreProfile, verifyBackup, writeBackup } from '@sotto/engine';
import type { Message, RestoreOptions } from '@sotto/engine';
import { Person, World } from './world.ts';
import type { WorldNode } from './world.ts';

let world = new World();
afterEach(() => world.end());

const passphrase = new TextEncoder().encode('correct horse');
const cost = { memoryKiB: 8 << 10, passes: 1 };
/** So long until everybody knows of a new device and what was missed came. */
const HEALED_MS = 120_000;

interface Two {
  readonly node: WorldNode;
  readonly anna: Person;
  readonly ben: Person;
  readonly toAnna: string;
  readonly toBen: string;
}

async function two(seed: number): Promise<Two> {
  world = new World(seed);
  const node = await world.node();
  const anna = await world.person('Anna', node);
  const ben = await world.person('Ben', node);
  await world.introduce(anna, ben);
  const [toAnna, toBen] = [(await world.whois(anna)).address, (await world.whois(ben)).address];
  for (let i = 0; i < 4; i++) {
    await anna.engine.send({ to: toBen, text: `anna ${i}` });
    await world.clock.advance(2000);
    await ben.engine.send({ to: toAnna, text: `ben ${i}` });
    await world.clock.advance(2000);
  }
  return { node, anna, ben, toAnna, toBen };
}

async function backUp(person: Person): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const output = {
    write: (bytes: Uint8Array) => {
      parts.push(bytes.slice());
      return Promise.resolve();
    },
  };
  const options = { passphrase, onProgress: () => undefined, signal: null, cost };
  const summary = await writeBackup(person.platform, output, options);
  const bytes = new Uint8Array(Buffer.concat(parts));
  await verifyBackup(person.platform, inputOf(bytes), summary, options);
  return bytes;
}

const inputOf = (bytes: Uint8Array) => {
  let at = 0;
  return { read: (length: number) => Promise.resolve(bytes.slice(at, (at += length))) };
};

/** A new machine with what is in the backup. */
async function restored(name: string, bytes: Uint8Array, changes: Partial<RestoreOptions> = {}): Promise<Person> {
  const person = new Person(world, name);
  world.people.push(person);
  const options = { passphrase, onProgress: () => undefined, signal: null, total: 0, revokeOthers: false };
  await restoreProfile(person.platform, inputOf(bytes), { ...options, phrase: null, node: null, ...changes });
  await person.open();
  return person;
}

/** A new machine with the 24 words only. */
async function recovered(name: string, node: WorldNode, phrase: string): Promise<Person> {
  const person = new Person(world, name);
  world.people.push(person);
  await createIdentity(person.platform, { name, node: node.url, phrase });
  await person.open();
  return person;
}

const history = async (person: Person, address: string): Promise<Message[]> =>
  (await person.engine.history({ conversation: address, limit: 1000 })).messages;
const texts = async (person: Person, address: string): Promise<unknown[]> =>
  (await history(person, address)).map(({ content }) => ('text' in content ? content.text : content));
const shown = async (person: Person, address: string): Promise<unknown[]> =>
  (await history(person, address)).map(({ id, content, from, sentAt, reactions, editedAt, replyTo }) => {
    return { id, content, from, sentAt, reactions, editedAt, replyTo: replyTo?.id };
  });
const devicesOf = async (person: Person): Promise<number[]> =>
  (await person.engine.devices({})).devices.map(({ device }) => device);
const notices = (person: Person): string[] =>
  person.events.flatMap((event) => (event.type === 'notice' ? [event.code] : []));

/** Both write, both get it, once, and show the same. */
async function conversationGoesOn({ ben, toAnna, toBen }: Two, anna: Person): Promise<void> {
  const [hello, answer] = [`from ${anna.name}`, `welcome back, ${anna.name}`];
  const mine = await anna.engine.send({ to: toBen, text: hello });
  await world.clock.until(async () => (await texts(ben, toAnna)).includes(hello));
  await ben.engine.send({ to: toAnna, text: answer });
  await world.clock.until(async () => (await texts(anna, toBen)).includes(answer));
  await world.clock.advance(HEALED_MS);
  expect((await history(anna, toBen)).find(({ id }) => id === mine.id)?.state).toBe('delivered');
}

describe('a backup on a new machine', () => {
  it('BAK-1, BAK-8, BAK-9: the history is the same, the conversation goes on in both directions, the number is new', async () => {
    const parts = await two(300);
    const { anna, ben, toAnna, toBen } = parts;
    const [first, second, third] = await history(anna, toBen);
    await anna.engine.edit({ id: first!.id, text: 'anna 0, better' });
    await ben.engine.react({ id: first!.id, emoji: '👍' });
    await ben.engine.delete({ id: second!.id });
    await anna.engine.send({ to: toBen, text: 'an answer', replyTo: third!.id });
    await world.clock.advance(20_000);
    const bytes = await backUp(anna);
    anna.crash();
    const again = await restored('Anna again', bytes);
    expect(await shown(again, toBen)).toEqual(await shown(ben, toAnna));
    await world.clock.until(async () => (await again.engine.connection()).state === 'online');
    expect(await again.engine.whoami()).toMatchObject({ address: toAnna, device: 2, name: 'Anna' });
    await conversationGoesOn(parts, again);
    expect(await shown(again, toBen)).toEqual(await shown(ben, toAnna));
    expect(await devicesOf(again)).toEqual([1, 2]);
    expect([...notices(ben), ...notices(again)]).not.toContain('device-list-refused');
    // Old amendments still have an author: what was written before can be changed from here.
    await again.engine.edit({ id: first!.id, text: 'anna 0, best' });
    await world.clock.until(async () => (await texts(ben, toAnna)).includes('anna 0, best'));
  });

  it('BAK-9: what contacts wrote after the backup is asked for again; what waited then says so', async () => {
    const parts = await two(301);
    const { anna, ben, toAnna, toBen, node } = parts;
    node.stop();
    await world.clock.advance(1000);
    const waited = await anna.engine.send({ to: toBen, text: 'waiting' });
    const bytes = await backUp(anna);
    node.start();
    await world.clock.until(async () => (await texts(ben, toAnna)).includes('waiting'));
    await ben.engine.send({ to: toAnna, text: 'after the backup 1' });
    await ben.engine.send({ to: toAnna, text: 'after the backup 2' });
    await world.clock.until(async () => (await texts(anna, toBen)).includes('after the backup 2'));
    anna.crash();
    const again = await restored('Anna again', bytes);
    expect((await history(again, toBen)).find(({ id }) => id === waited.id)).toMatchObject({
      state: 'failed',
      problem: expect.stringMatching(/backup/) as unknown,
    });
    await conversationGoesOn(parts, again);
    const now = await texts(again, toBen);
    expect(now).toContain('after the backup 1');
    expect(now).toContain('after the backup 2');
    expect(now.every((text) => typeof text === 'string')).toBe(true);
    // Sent again it is the same message: they show it once.
    await again.engine.resend({ id: waited.id });
    await world.clock.until(
      async () => (await history(again, toBen)).find(({ id }) => id === waited.id)?.state === 'delivered',
    );
    expect((await texts(ben, toAnna)).filter((text) => text === 'waiting')).toHaveLength(1);
  });

  it('BAK-8: offline everything can be read, and what is written goes out once the node is reached', async () => {
    const parts = await two(302);
    const { anna, ben, toAnna, toBen, node } = parts;
    const bytes = await backUp(anna);
    anna.crash();
    node.stop();
    const again = await restored('Anna again', bytes);
    await world.clock.advance(5000);
    expect(await texts(again, toBen)).toEqual(await texts(ben, toAnna));
    const sent = await again.engine.send({ to: toBen, text: 'written offline' });
    expect(sent.state).toBe('waiting');
    expect(await again.engine.connection()).toMatchObject({ state: 'offline', code: 'unreachable' });
    await again.close();
    await again.open();
    node.start();
    await world.clock.until(async () => (await texts(ben, toAnna)).includes('written offline'));
    await conversationGoesOn(parts, again);
  });

  it('BAK-8: numbers given out after the backup are not used again; lost devices can be taken off', async () => {
    const parts = await two(303);
    const { anna, ben, toAnna, node } = parts;
    const bytes = await backUp(anna);
    const phone = await world.device(anna, 'phone', node);
    await world.during(anna.engine.revokeDevice({ device: 2 }));
    await world.clock.advance(1000);
    phone.crash();
    anna.crash();
    const again = await restored('Anna again', bytes, { revokeOthers: true });
    await world.clock.until(async () => (await again.engine.connection()).state === 'online');
    expect((await again.engine.whoami()).device).toBe(3);
    expect(await devicesOf(again)).toEqual([3]);
    await conversationGoesOn(parts, again);
    const { revision } = await listOf(node, ben, toAnna);
    expect(revision).toBeGreaterThan(3);
  });

  it('BAK-8: two restores of one backup become two devices, also at the same moment', async () => {
    const parts = await two(304);
    const { anna, node } = parts;
    const bytes = await backUp(anna);
    anna.crash();
    node.stop();
    const [one, other] = [await restored('One', bytes), await restored('Other', bytes)];
    node.start();
    for (const person of [one, other]) {
      await world.clock.until(async () => (await person.engine.connection()).state === 'online');
    }
    const numbers = [(await one.engine.whoami()).device, (await other.engine.whoami()).device];
    expect(new Set(numbers)).toEqual(new Set([2, 3]));
    await conversationGoesOn(parts, one);
    await conversationGoesOn(parts, other);
  });

  it('BAK-8: cut off between the node’s answer and the own disk, it finds itself in the list', async () => {
    for (let n = 1; n <= 6; n++) {
      const parts = await two(310 + n);
      const bytes = await backUp(parts.anna);
      parts.anna.crash();
      parts.node.stop();
      const again = await restored('Anna again', bytes);
      again.crashAtCommit(Math.ceil(n / 2), n % 2 === 0 ? 'before' : 'after');
      parts.node.start();
      for (let i = 0; i < 5; i++) await world.clock.advance(15_000).catch(() => undefined);
      if (again.isRunning) again.crash();
      await again.open();
      await world.clock.until(async () => (await again.engine.connection()).state === 'online');
      expect((await again.engine.whoami()).device).toBe(2);
      await conversationGoesOn(parts, again);
      await world.end();
    }
  });

  it('BAK-1, DEV-10: what the other devices wrote is not shown as missing after a restore, and goes on', async () => {
    const all = await two(330);
    const { node, anna, toAnna, toBen } = all;
    const phone = await world.device(anna, 'phone', node);
    for (let i = 0; i < 3; i++) await phone.engine.send({ to: toBen, text: `phone ${i}` });
    await world.clock.advance(HEALED_MS);
    const bytes = await backUp(anna);
    const again = await restored('Anna again', bytes);
    await world.clock.advance(HEALED_MS);
    await phone.engine.send({ to: toBen, text: 'phone 3' });
    // The order of two who write at once may differ from device to device.
    await world.clock.advance(HEALED_MS);
    await anna.engine.send({ to: toBen, text: 'anna 4' });
    await world.clock.advance(HEALED_MS);
    const expected = await texts(phone, toBen);
    expect(expected).toHaveLength(8 + 3 + 2);
    expect(await texts(again, toBen)).toEqual(expected);
    expect(await texts(all.ben, toAnna)).toHaveLength(expected.length);
  });

  it('BAK-9: what the only device said after the backup is asked for, and nothing that is in the backup is', async () => {
    const { anna, toBen } = await two(340);
    const bytes = await backUp(anna);
    // Nobody is told of it: there is no other device yet.
    for (let i = 0; i < 3; i++) await anna.engine.send({ to: toBen, text: `later ${i}` });
    const third = (await history(anna, toBen)).find(({ content }) => 'text' in content && content.text === 'anna 3');
    await anna.engine.edit({ id: third!.id, text: 'anna 3, as it is now' });
    await world.clock.advance(HEALED_MS);
    const again = await restored('Anna again', bytes);
    await world.clock.advance(HEALED_MS);
    const expected = await texts(anna, toBen);
    expect(expected).toHaveLength(8 + 3);
    expect(await texts(again, toBen)).toEqual(expected);
    expect(notices(again)).not.toContain('sync-incomplete');
  });
});

describe('the recovery phrase alone', () => {
  it('BAK-8: takes the account up as its next device, which contacts find and write to', async () => {
    world = new World(320);
    const node = await world.node();
    const anna = new Person(world, 'Anna');
    world.people.push(anna);
    const { phrase } = await createIdentity(anna.platform, { name: 'Anna', node: node.url });
    await anna.open();
    await world.clock.until(async () => (await anna.engine.whoami()).invite !== '');
    await world.clock.advance(200);
    const ben = await world.person('Ben', node);
    await world.introduce(anna, ben);
    const [toAnna, toBen] = [(await world.whois(anna)).address, (await world.whois(ben)).address];
    await ben.engine.send({ to: toAnna, text: 'before' });
    await world.clock.advance(5000);
    anna.crash();
    node.stop();
    const again = await recovered('Anna again', node, phrase);
    await world.clock.advance(2000);
    expect(await again.engine.connection()).toMatchObject({ state: 'offline' });
    expect((await again.engine.whoami()).address).toBe(toAnna);
    node.start();
    await world.clock.until(async () => (await again.engine.connection()).state === 'online');
    expect((await again.engine.whoami()).device).toBe(2);
    expect(notices(again)).not.toContain('account-new-here');
    await again.engine.add({ to: (await world.whois(ben)).invite });
    await again.engine.send({ to: toBen, text: 'it is me' });
    await world.clock.until(async () => (await texts(ben, toAnna)).includes('it is me'));
    await ben.engine.send({ to: toAnna, text: 'welcome back' });
    await world.clock.until(async () => (await texts(again, toBen)).includes('welcome back'));
    expect(notices(ben)).not.toContain('device-list-refused');
  });

  it('BAK-8: the devices that are there already learn of it and share what comes', async () => {
    world = new World(322);
    const node = await world.node();
    const anna = new Person(world, 'Anna');
    world.people.push(anna);
    const { phrase } = await createIdentity(anna.platform, { name: 'Anna', node: node.url });
    await anna.open();
    await world.clock.until(async () => (await anna.engine.whoami()).invite !== '');
    await world.clock.advance(200);
    const ben = await world.person('Ben', node);
    await world.introduce(anna, ben);
    const [toAnna, toBen] = [(await world.whois(anna)).address, (await world.whois(ben)).address];
    await ben.engine.send({ to: toAnna, text: 'before' });
    await world.clock.advance(5000);
    const again = await recovered('Anna again', node, phrase);
    await world.clock.advance(HEALED_MS);
    expect(await devicesOf(anna)).toEqual([1, 2]);
    await anna.engine.send({ to: toBen, text: 'from the first' });
    await world.clock.advance(HEALED_MS);
    expect(await texts(again, toBen)).toContain('from the first');
    await again.engine.send({ to: toBen, text: 'from the second' });
    await world.clock.advance(HEALED_MS);
    for (const person of [anna, again]) expect(await texts(person, toBen)).toContain('from the second');
    expect(await texts(ben, toAnna)).toContain('from the second');
  });

  it('BAK-8: at a node that does not know the account it is the first device again, and that is said', async () => {
    world = new World(321);
    const [node, other] = [await world.node(), await world.node('ws://other.example:8080')];
    const anna = new Person(world, 'Anna');
    world.people.push(anna);
    const { phrase } = await createIdentity(anna.platform, { name: 'Anna', node: node.url });
    await anna.open();
    await world.clock.until(async () => (await anna.engine.connection()).state === 'online');
    const again = await recovered('Anna again', other, phrase);
    await world.clock.until(async () => (await again.engine.connection()).state === 'online');
    expect((await again.engine.whoami()).device).toBe(1);
    expect(notices(again)).toContain('account-new-here');
  });
});

/** As the node hands it out. */
async function listOf(node: WorldNode, asker: Person, address: string): Promise<{ revision: number }> {
  const { parseAddress, verifyDeviceList } = await import('@sotto/protocol/identity');
  const account = parseAddress(address);
  const access = await node.store?.access(account);
  if (access === null || access === undefined) throw new Error('no list');
  return verifyDeviceList(asker.platform.primitives, access.deviceList, account);
}
