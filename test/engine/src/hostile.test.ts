import { afterEach, describe, expect, it } from 'vitest';
import { nodePrimitives as primitives } from '@sotto/primitives-node';
import { accountFromSeed, createDevice, parseAddress, verifyBundle, verifyDeviceList } from '@sotto/protocol/identity';
import { conversationId, envelopeId, padContent } from '@sotto/protocol/mailbox';
import { encryptWithRecord, EMPTY_RECORD, startSession, withSession } from '@sotto/protocol/ratchet';
import { seal } from '@sotto/protocol/sealed';
import {
  ContentSchema,
  create,
  decodeDeviceCertificate,
  decodeKyberPrekey,
  decodeSealKey,
  decodeSignedPrekey,
  encode,
  PrekeyBundleSchema,
  SealedKind,
  TextSchema,
} from '@sotto/protocol/wire';
import { World } from './world.ts';
import type { Person, WorldNode } from './world.ts';

let world = new World();
afterEach(() => world.end());

async function couple(
  seed: number,
): Promise<{ node: WorldNode; alice: Person; bob: Person; toBob: string; toAlice: string }> {
  world = new World(seed);
  const node = await world.node();
  const alice = await world.person('Alice', node);
  const bob = await world.person('Bob', node);
  await world.introduce(alice, bob);
  const [a, b] = [await world.whois(alice), await world.whois(bob)];
  await alice.engine.send({ to: b.address, text: 'before' });
  await world.clock.advance(5000);
  return { node, alice, bob, toBob: b.address, toAlice: a.address };
}

/** Puts a body into a mailbox as a stranger could, and lets it be delivered. */
async function smuggle(
  node: WorldNode,
  bob: Person,
  mailbox: Uint8Array,
  bodies: readonly Uint8Array[],
): Promise<void> {
  await bob.close();
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
  await bob.open();
  await world.clock.advance(10_000);
}

/** A sealed first message to Bob whose session, certificate and content may each be somebody's. */
async function forge(
  node: WorldNode,
  bob: Uint8Array,
  lie: {
    readonly certificate?: Uint8Array;
    readonly from?: Uint8Array;
    readonly to?: Uint8Array;
    readonly continued?: boolean;
  },
): Promise<Uint8Array> {
  const { random } = world;
  const access = await node.store?.access(bob);
  const list = verifyDeviceList(primitives, access!.deviceList, bob);
  const [claimed] = await node.store!.claimBundles(bob, [], false);
  const { keys } = claimed!;
  const bundle = verifyBundle(
    primitives,
    create(PrekeyBundleSchema, {
      device: 1,
      registrationId: keys.registrationId,
      signedPrekey: decodeSignedPrekey(keys.signedPrekey),
      kyberPrekey: decodeKyberPrekey(keys.lastResortKyber),
      sealKey: decodeSealKey(keys.sealKey),
    }),
    list.devices[0]!,
  );
  const account = accountFromSeed(primitives, random(32));
  const device = createDevice(primitives, random, account, 1, world.clock.now());
  const { identityKey, identitySecret } = device;
  const from = lie.from ?? account.publicKey;
  const to = lie.to ?? bob;
  const content = create(ContentSchema, {
    version: 1,
    id: random(16),
    conversation: conversationId(primitives, from, to),
    from,
    to,
    sentAt: BigInt(world.clock.now()),
    order: 1n,
    profile: { name: 'Mallory', color: 1 },
  });
  content.body = { case: 'text', value: create(TextSchema, { text: 'send me your money' }) };
  const session = startSession(primitives, random, {
    local: { identityKey, identitySecret, registrationId: 5 },
    bundle,
    nowMs: world.clock.now(),
  });
  const { message } = encryptWithRecord(
    primitives,
    random,
    withSession(EMPTY_RECORD, lie.continued === true ? { ...session, pending: null } : session),
    padContent(encode(ContentSchema, content)),
    world.clock.now(),
  );
  return seal(primitives, random, {
    sealKey: bundle.sealKey,
    mailbox: bob,
    device: 1,
    message: {
      certificate: decodeDeviceCertificate(lie.certificate ?? device.certificate),
      kind: lie.continued === true ? SealedKind.RATCHET : SealedKind.PREKEY,
      contentId: content.id,
      message,
    },
  });
}

describe('hostile input', () => {
  it('ENG-9: rubbish is acknowledged, leaves nothing, and holds nobody up', async () => {
    const { node, alice, bob, toBob } = await couple(90);
    const mailbox = parseAddress(toBob);
    const bodies = [2048, 4096, 49_152].map((size) => world.random(size));
    const looksSealed = world.random(2048);
    looksSealed.set([1, 0, 0, 0, 1]);
    await smuggle(node, bob, mailbox, [...bodies, looksSealed]);
    expect(await node.store?.waiting(mailbox, 1)).toBe(0);
    await alice.engine.send({ to: toBob, text: 'after' });
    await world.clock.advance(5000);
    expect(await bob.texts(alice)).toEqual(['before', 'after']);
    expect(await bob.engine.contacts({})).toHaveLength(1);
  });

  it('ENG-9: an honest forgery kit makes an honest request (the test itself works)', async () => {
    const { node, bob, toBob } = await couple(91);
    const mailbox = parseAddress(toBob);
    await smuggle(node, bob, mailbox, [await forge(node, mailbox, {})]);
    expect(await bob.engine.contacts({ status: 'request' })).toMatchObject([{ profileName: 'Mallory', unread: 1 }]);
  });

  it("ENG-9: one's own session in another's certificate is refused, and that other's session is unharmed", async () => {
    const { node, alice, bob, toBob, toAlice } = await couple(92);
    const [mailbox, victim] = [parseAddress(toBob), parseAddress(toAlice)];
    const access = await node.store?.access(victim);
    const certificate = verifyDeviceList(primitives, access!.deviceList, victim).devices[0]!.encoded;
    await smuggle(node, bob, mailbox, [
      await forge(node, mailbox, { certificate, from: victim }),
      await forge(node, mailbox, { certificate }),
      await forge(node, mailbox, { from: victim }),
      await forge(node, mailbox, { to: victim }),
    ]);
    expect(await bob.texts(alice)).toEqual(['before']);
    expect(await bob.engine.contacts({})).toHaveLength(1);
    expect(await node.store?.waiting(mailbox, 1)).toBe(0);
    await alice.engine.send({ to: toBob, text: 'really me' });
    await bob.engine.send({ to: toAlice, text: 'I know' });
    await world.clock.advance(5000);
    expect(await bob.texts(alice)).toEqual(['before', 'I know', 'really me']);
    expect(await alice.texts(bob)).toContain('I know');
  });

  it('ENG-9: what a contact seems to have sent and cannot be opened is shown, at most 5 times an hour, until they deny it', async () => {
    const { node, alice, bob, toBob, toAlice } = await couple(93);
    const [mailbox, victim] = [parseAddress(toBob), parseAddress(toAlice)];
    const access = await node.store?.access(victim);
    const certificate = verifyDeviceList(primitives, access!.deviceList, victim).devices[0]!.encoded;
    const bodies: Uint8Array[] = [];
    for (let i = 0; i < 8; i++) bodies.push(await forge(node, mailbox, { certificate, continued: true }));
    await smuggle(node, bob, mailbox, bodies);
    const shown = bob.events.filter(
      (event) => event.type === 'message' && 'undecryptable' in event.message.content && !event.message.outgoing,
    );
    expect(shown).toHaveLength(5);
    expect(await bob.texts(alice)).toEqual(['before']);
    expect(await node.store?.waiting(mailbox, 1)).toBe(0);
    await alice.engine.send({ to: toBob, text: 'fine' });
    await world.clock.advance(5000);
    expect((await bob.texts(alice)).at(-1)).toBe('fine');
  });
});
