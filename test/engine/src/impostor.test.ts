import { nodePrimitives as primitives } from '@sotto/primitives-node';
import { xeddsaSign, concat, utf8 } from '@sotto/protocol/crypto';
import { addressOf, signDeviceList } from '@sotto/protocol/identity';
import type { AccountKeys, DeviceKeys, VerifiedDeviceList } from '@sotto/protocol/identity';
import {
  create,
  decodeDeviceCertificate,
  decodeDeviceCertificateBody,
  DeviceCertificateBodySchema,
  DeviceCertificateSchema,
  encode,
} from '@sotto/protocol/wire';
import { parseAddress } from '@sotto/protocol/identity';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Impostor } from './impostor.ts';
import { World } from './world.ts';
import type { Person, WorldNode } from './world.ts';

let world: World;
let node: WorldNode;
let bob: Person;
let impostor: Impostor;
/** Bob's contact, whose name the others want to write in. */
let anna: { account: AccountKeys; phone: DeviceKeys; list: VerifiedDeviceList; address: string };
let seed = 700;

beforeEach(async () => {
  world = new World(seed++);
  node = await world.node();
  bob = await world.person('Bob', node);
  impostor = new Impostor(world, node);
  const account = impostor.account();
  const phone = impostor.device(account, 1);
  const list = await impostor.publish(account, [phone], null);
  anna = { account, phone, list, address: addressOf(account.publicKey) };
  await bob.engine.add({ to: anna.address, name: 'Anna' });
});
afterEach(() => world.end());

const toBob = async (): Promise<Uint8Array> => parseAddress((await world.whois(bob)).address);
const said = async (address = anna.address): Promise<string[]> =>
  (await bob.engine.history({ conversation: address, limit: 100 })).messages.map(({ content }) =>
    'text' in content ? content.text : JSON.stringify(content),
  );
const contacts = async (): Promise<string[]> => (await bob.engine.contacts({})).map(({ address }) => address);

async function annaSays(text: string, by = anna.phone, revision = 1): Promise<void> {
  await impostor.send(by, bob, { from: anna.account.publicKey, to: await toBob(), text, revision });
}

/** A device's keys in a certificate that another account signed; the device's own signature is what it can be. */
function certifyAnothers(
  device: DeviceKeys,
  as: AccountKeys,
  crossSignature: (body: Uint8Array) => Uint8Array,
): Uint8Array {
  const real = decodeDeviceCertificate(device.certificate);
  const body = encode(
    DeviceCertificateBodySchema,
    create(DeviceCertificateBodySchema, { ...decodeDeviceCertificateBody(real.body), account: as.publicKey }),
  );
  const signed = concat(utf8('sotto/device/1'), body);
  const accountSignature = primitives.ed25519.sign(as.seed, signed);
  return encode(
    DeviceCertificateSchema,
    create(DeviceCertificateSchema, { body, accountSignature, deviceSignature: crossSignature(body) }),
  );
}

describe('TM-15, SEAL-4: writing in the name of another, tried on a real engine', () => {
  it('what Anna writes is from Anna (the attacks below differ from this in one thing each)', async () => {
    await annaSays('it is me');
    expect(await said()).toEqual(['it is me']);
    expect(await contacts()).toEqual([anna.address]);
  });

  it("one's own session in another's certificate: before Anna wrote, after, and one that Bob accepted", async () => {
    const first = impostor.device(impostor.account(), 1);
    const money = { from: anna.account.publicKey, to: await toBob(), text: 'send money', revision: 1 };
    const early = await impostor.write(first, bob, impostor.content(money));
    await impostor.put(bob, [await impostor.seal(bob, anna.phone.certificate, early)]);
    expect(await said()).toEqual([]);
    await annaSays('before');
    const account = impostor.account();
    const device = impostor.device(account, 1);
    await impostor.publish(account, [device], null);
    const claims = { from: anna.account.publicKey, to: await toBob(), text: 'send money' };
    const fresh = impostor.device(account, 2);
    const written = await impostor.write(fresh, bob, impostor.content(claims));
    await impostor.put(bob, [await impostor.seal(bob, anna.phone.certificate, written)]);
    // Bob answers Mallory, so that there is a session in both directions; Mallory goes on in Anna's certificate.
    await impostor.send(device, bob, { from: account.publicKey, to: await toBob(), text: 'hello, I am Mallory' });
    await bob.engine.updateContact({ address: addressOf(account.publicKey), status: 'accepted' });
    await world.clock.advance(2000);
    const later = await impostor.write(device, bob, impostor.content(claims));
    await impostor.put(bob, [await impostor.seal(bob, anna.phone.certificate, later)]);
    expect((await said()).filter((text) => text.includes('money'))).toEqual([]);
    expect((await said(addressOf(account.publicKey))).filter((text) => text.includes('money'))).toEqual([]);
    await annaSays('still me');
    expect((await said()).at(-1)).toBe('still me');
  });

  it("another's device certified as one's own: what it writes does not become Mallory's", async () => {
    const mallory = impostor.account();
    const own = impostor.device(mallory, 1);
    const real = decodeDeviceCertificate(anna.phone.certificate);
    const forged = {
      'without its signature': certifyAnothers(anna.phone, mallory, () => new Uint8Array(64)),
      'with the one of its real certificate': certifyAnothers(anna.phone, mallory, () => real.deviceSignature),
      'with one of another device': certifyAnothers(anna.phone, mallory, (body) =>
        xeddsaSign(primitives, own.identitySecret, concat(utf8('sotto/device/1'), body), world.random(64)),
      ),
    };
    const claims = { from: anna.account.publicKey, to: await toBob(), text: 'my idea', revision: 1 };
    const bodies: Uint8Array[] = [];
    for (const [what, certificate] of Object.entries(forged)) {
      // Nobody takes it into a list either: neither its node nor who is shown it.
      const list = { certificates: [certificate], previous: null, nowMs: world.clock.now() };
      expect(() => signDeviceList(primitives, mallory, list), what).toThrow(/./);
      // What Anna's device really wrote to Bob, before he has it.
      bodies.push(
        await impostor.seal(bob, certificate, await impostor.write(anna.phone, bob, impostor.content(claims))),
      );
    }
    await impostor.put(bob, bodies);
    expect(await contacts()).toEqual([anna.address]);
    expect(await said()).toEqual([]);
    await annaSays('my idea');
    expect(await said()).toEqual(['my idea']);
  });

  it('content replayed to a third person: what Anna wrote to Mallory is not shown to Bob, in whoever wrapping', async () => {
    const mallory = impostor.account();
    const device = impostor.device(mallory, 1);
    await impostor.publish(mallory, [device], null);
    await annaSays('to Bob');
    // The very bytes that Mallory decrypted.
    const received = impostor.content({ from: anna.account.publicKey, to: mallory.publicKey, text: 'I love you' });
    const written = await impostor.write(device, bob, received);
    const again = await impostor.write(impostor.device(mallory, 2), bob, received);
    await impostor.put(bob, [
      await impostor.seal(bob, device.certificate, written),
      await impostor.seal(bob, anna.phone.certificate, again),
    ]);
    expect(await said()).toEqual(['to Bob']);
    expect(await contacts()).toEqual([anna.address]);
  });

  it('an envelope replayed: to another person, another device, and to the same with another life', async () => {
    const carol = await world.person('Carol', node);
    const written = await impostor.write(
      anna.phone,
      bob,
      impostor.content({ from: anna.account.publicKey, to: await toBob(), text: 'once', revision: 1 }),
    );
    const body = await impostor.seal(bob, anna.phone.certificate, written);
    await impostor.put(bob, [body]);
    await impostor.put(bob, [body], 1, 7200);
    await impostor.put(bob, [await impostor.seal(bob, anna.phone.certificate, written)]);
    expect(await said()).toEqual(['once']);
    const tablet = await world.device(bob, 'tablet', node, false);
    const mailbox = await toBob();
    const before = (await tablet.engine.history({})).messages.length;
    await impostor.put(carol, [body]);
    await impostor.put(tablet, [body], 2);
    expect(await carol.engine.contacts({})).toEqual([]);
    expect((await carol.engine.history({})).messages).toEqual([]);
    expect((await tablet.engine.history({})).messages).toHaveLength(before);
    for (const device of [1, 2]) expect(await node.store!.waiting(mailbox, device)).toBe(0);
  });

  it('ENG-50: a device that was removed, or a certificate that was replaced, writes for nobody; an older list is not believed', async () => {
    const tablet = impostor.device(anna.account, 2);
    const both = await impostor.publish(anna.account, [anna.phone, tablet], anna.list);
    await annaSays('phone', anna.phone, 2);
    await annaSays('tablet', tablet, 2);
    expect(await said()).toEqual(['phone', 'tablet']);
    // The tablet is stolen and removed. Its session with Bob, its keys and its certificate are what they were.
    const without = await impostor.publish(anna.account, [anna.phone], both);
    await annaSays('the tablet is gone', anna.phone, 3);
    await annaSays('I am Anna', tablet, 2);
    await annaSays('I am Anna, and there is a new list', tablet, 4);
    expect(await said()).toEqual(['phone', 'tablet', 'the tablet is gone']);

    // The node takes the thief's side and hands out the list in which he stands.
    const { store } = node;
    const access = store!.access.bind(store);
    store!.access = async (mailbox) => {
      const known = await access(mailbox);
      const isHers = Buffer.from(mailbox).equals(anna.account.publicKey);
      return isHers && known !== null
        ? { ...known, deviceList: both.encoded, deviceListRevision: both.revision }
        : known;
    };
    await impostor.restartNode();
    await annaSays('once more', tablet, 2);
    await annaSays('hear me', tablet, 5);
    expect(await said()).toEqual(['phone', 'tablet', 'the tablet is gone']);
    expect(bob.events).toContainEqual(expect.objectContaining({ type: 'notice', code: 'device-list-refused' }));
    expect(without.revision).toBeGreaterThan(both.revision);

    // A phone that was set up anew has the number of the old one and other keys: not in the list, not hers.
    await annaSays('another phone', impostor.device(anna.account, 1), 3);
    expect((await said()).filter((text) => text === 'another phone')).toEqual([]);
  });

  it('TM-52: with the seed a thief makes a device of the account and is believed; contacts are told that there is a new one', async () => {
    await annaSays('hello');
    const thiefs = impostor.device(anna.account, 2);
    await impostor.publish(anna.account, [anna.phone, thiefs], anna.list);
    await annaSays('I have a new phone', thiefs, 2);
    expect(await said()).toEqual(['hello', 'I have a new phone']);
    expect(bob.events).toContainEqual(
      expect.objectContaining({ type: 'notice', code: 'devices-changed', address: anna.address }),
    );
  });
});
