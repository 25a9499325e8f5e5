import { nodePrimitives as primitives } from '@sotto/primitives-node';
import { describeAddressOrInvite, parseAddress } from '@sotto/protocol/identity';
import { capabilityHash, requestTokenHash } from '@sotto/protocol/mailbox';
import type { Frame } from '@sotto/protocol/wire';
import { afterEach, describe, expect, it } from 'vitest';
import { type LinkNotes, noNotes, noteLinks } from '../../e2e/src/link-notes.ts';
import { Person, World } from './world.ts';
import type { WorldNode } from './world.ts';

let world = new World();
afterEach(() => world.end());

const DAY_MS = 86_400_000;

async function watchedNode(seed: number): Promise<{ node: WorldNode; notes: LinkNotes }> {
  world = new World(seed);
  const node = await world.node();
  const notes = noNotes();
  noteLinks(node.core!, notes, () => world.clock.now());
  return { node, notes };
}

const keyOf = async (person: Person): Promise<Uint8Array> => parseAddress((await world.whois(person)).address);
const accessOf = async (node: WorldNode, person: Person) => (await node.store!.access(await keyOf(person)))!;
const tokenIn = (invite: string): Uint8Array => {
  const read = describeAddressOrInvite(invite);
  if (read.kind !== 'invite' || read.invite.requestToken === null) throw new Error('no token in it');
  return read.invite.requestToken;
};

/** What was shown with each stored envelope for somebody, and how the node answered. */
async function presented({ frames, told }: LinkNotes, to: Person): Promise<string[]> {
  const mailbox = Buffer.from(await keyOf(to));
  return frames.flatMap(({ frame: { body, request }, link }) => {
    if (body.case !== 'send' || body.value.live || !mailbox.equals(body.value.mailbox)) return [];
    const { capability, requestToken } = body.value;
    const shown = capability.length > 0 ? 'capability' : requestToken.length > 0 ? 'token' : 'nothing';
    const answer = told.find((answered) => answered.link === link && answers(answered.frame, request));
    return [`${shown}: ${answer?.frame.body.case ?? 'no answer'}`];
  });
}

function answers({ request, body }: Frame, asked: number): boolean {
  return body.case === 'stored' ? body.value.items.some((item) => item.request === asked) : request === asked;
}

async function acquainted(a: Person, b: Person): Promise<void> {
  await world.introduce(a, b);
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    await from.engine.send({ to: (await world.whois(to)).address, text: `I am ${from.name}` });
    await world.clock.advance(5000);
  }
}

describe('request tokens', () => {
  it('ENG-51: an invite works although the program that showed it ended at once', async () => {
    const { node } = await watchedNode(820);
    const person = new Person(world, 'Anna');
    world.people.push(person);
    await person.create(node, 'Anna');
    await person.open();
    await world.clock.until(async () => (await person.engine.connection({})).state === 'online', 5000);
    const { invite, address } = await person.engine.whoami({});
    await person.close();
    const hash = requestTokenHash(primitives, tokenIn(invite));
    expect(await node.store!.tokenIsValid(parseAddress(address), hash)).toBe(true);
  });

  it('ENG-51: a token that took the place of a used one is published before the program ends', async () => {
    const { node } = await watchedNode(826);
    const [anna, ben] = [await world.person('Anna', node), await world.person('Ben', node)];
    const { invite } = await world.whois(anna);
    await ben.engine.send({ to: invite, text: 'hello' });
    await world.clock.until(async () => (await anna.engine.whoami({})).invite !== invite, 20_000);
    const next = (await anna.engine.whoami({})).invite;
    await anna.close();
    expect(await node.store!.tokenIsValid(await keyOf(anna), requestTokenHash(primitives, tokenIn(next)))).toBe(true);
  });

  it('ENG-6, NODE-11: serve once; who comes second with the same invite is a stranger, and is shown as one', async () => {
    const { node, notes } = await watchedNode(821);
    const [anna, ben, cleo] = [
      await world.person('Anna', node),
      await world.person('Ben', node),
      await world.person('Cleo', node),
    ];
    const { invite } = await world.whois(anna);
    await anna.close();
    for (const person of [ben, cleo]) {
      await person.engine.send({ to: invite, text: `I am ${person.name}` });
      await world.clock.advance(3000);
    }
    const shown = await presented(notes, anna);
    expect(shown).toEqual(['token: stored', 'token: refusal', 'nothing: stored']);
    expect(await node.store!.tokenIsValid(await keyOf(anna), requestTokenHash(primitives, tokenIn(invite)))).toBe(
      false,
    );
    await anna.open();
    await world.clock.advance(5000);
    const requests = await anna.engine.contacts({ status: 'request' });
    expect(requests.map(({ profileName }) => profileName).sort()).toEqual(['Ben', 'Cleo']);
    // The next invite has a token of its own, which the node knows.
    const next = (await anna.engine.whoami({})).invite;
    expect(next).not.toBe(invite);
    expect(await node.store!.tokenIsValid(await keyOf(anna), requestTokenHash(primitives, tokenIn(next)))).toBe(true);
  });

  it('NODE-32: an invite gives one-time keys, an address does not', async () => {
    const { node, notes } = await watchedNode(822);
    const [anna, ben, cleo] = [
      await world.person('Anna', node),
      await world.person('Ben', node),
      await world.person('Cleo', node),
    ];
    const { invite, address } = await world.whois(anna);
    await ben.engine.send({ to: invite, text: 'invited' });
    await cleo.engine.send({ to: address, text: 'not invited' });
    await world.clock.advance(3000);
    const given = notes.told.flatMap(({ frame: { body } }) =>
      body.case === 'bundles' ? body.value.bundles.map(({ oneTime }) => oneTime !== undefined) : [],
    );
    // Later lookups of devices ask for no keys.
    expect(new Set(given.slice(0, 2))).toEqual(new Set([false, true]));
    expect(given.filter(Boolean)).toHaveLength(1);
  });
});

describe('the delivery capability', () => {
  it('MB-9, ENG-15: one for all contacts, of which the node has the hash; strangers do not learn it', async () => {
    const { node, notes } = await watchedNode(823);
    const [anna, ben, cleo, dan] = [
      await world.person('Anna', node),
      await world.person('Ben', node),
      await world.person('Cleo', node),
      await world.person('Dan', node),
    ];
    await acquainted(ben, anna);
    await acquainted(cleo, anna);
    await dan.engine.send({ to: (await world.whois(anna)).address, text: 'You do not know me' });
    await world.clock.advance(5000);
    for (const person of [ben, cleo]) {
      await person.engine.send({ to: (await world.whois(anna)).address, text: 'again' });
    }
    await dan.engine.send({ to: (await world.whois(anna)).address, text: 'still not' });
    await world.clock.advance(5000);
    const mailbox = Buffer.from(await keyOf(anna));
    const last = notes.frames
      .flatMap(({ frame: { body } }) =>
        body.case === 'send' && mailbox.equals(body.value.mailbox) ? [body.value] : [],
      )
      .slice(-3);
    const [one, two] = last.filter(({ capability }) => capability.length > 0);
    expect(last.map(({ capability }) => capability.length).toSorted((a, b) => a - b)).toEqual([0, 16, 16]);
    expect(one?.capability).toEqual(two?.capability);
    const { capabilityHash: kept } = await accessOf(node, anna);
    expect(kept).toEqual(capabilityHash(primitives, one!.capability));
  });

  it('ENG-15, NODE-11: after a block the old one is honoured until the others confirmed the new one', async () => {
    const { node } = await watchedNode(824);
    const [anna, ben, mallory] = [
      await world.person('Anna', node),
      await world.person('Ben', node),
      await world.person('Mallory', node),
    ];
    await acquainted(ben, anna);
    await acquainted(mallory, anna);
    const before = (await accessOf(node, anna)).capabilityHash;
    await ben.close();
    await anna.engine.updateContact({ address: (await world.whois(mallory)).address, status: 'blocked' });
    await world.clock.advance(5 * 3_600_000);
    const during = await accessOf(node, anna);
    expect(during.capabilityHash).not.toEqual(before);
    // Ben has not heard of it: five hours later his still opens.
    expect(during.previousHash).toEqual(before);
    expect(during.previousUntil).toBeLessThanOrEqual(world.clock.now() + 14 * DAY_MS);
    await ben.open();
    await world.clock.advance(2 * 3_600_000);
    const after = await accessOf(node, anna);
    expect(after.capabilityHash).toEqual(during.capabilityHash);
    expect(after.previousHash?.length ?? 0).toBe(0);
  });

  it('ENG-15: a contact who was away for longer than 14 days comes as a stranger, is shown as the contact he is, and gets the new one', async () => {
    const { node, notes } = await watchedNode(825);
    const [anna, ben, mallory] = [
      await world.person('Anna', node),
      await world.person('Ben', node),
      await world.person('Mallory', node),
    ];
    await acquainted(ben, anna);
    await acquainted(mallory, anna);
    const before = (await accessOf(node, anna)).capabilityHash;
    await ben.close();
    await anna.engine.updateContact({ address: (await world.whois(mallory)).address, status: 'blocked' });
    await mallory.close();
    await anna.close();
    // Past the 14 days, and past everything that waited for Ben.
    await world.clock.advance(15 * DAY_MS);
    await anna.open();
    await world.clock.advance(5000);
    const { capabilityHash: now, previousHash, previousUntil } = await accessOf(node, anna);
    expect(now).not.toEqual(before);
    expect(previousHash === null || previousHash.length === 0 || previousUntil <= world.clock.now()).toBe(true);
    const seenBefore = (await presented(notes, anna)).length;
    await ben.open();
    await ben.engine.send({ to: (await world.whois(anna)).address, text: 'I was away' });
    await world.clock.advance(20_000);
    expect((await presented(notes, anna)).slice(seenBefore)).toContain('capability: refusal');
    expect((await presented(notes, anna)).slice(seenBefore)).toContain('nothing: stored');
    const [shown] = (await anna.messages(ben)).slice(-1);
    expect(shown).toMatchObject({ content: { text: 'I was away' } });
    expect(shown).not.toHaveProperty('request');
    expect(await anna.engine.contacts({ status: 'request' })).toEqual([]);
    const soFar = (await presented(notes, anna)).length;
    await ben.engine.send({ to: (await world.whois(anna)).address, text: 'and now?' });
    await world.clock.advance(5000);
    expect((await presented(notes, anna)).slice(soFar)).toEqual(['capability: stored']);
    expect((await ben.messages(anna)).at(-1)?.state).toBe('delivered');
  }, 120_000);
});
