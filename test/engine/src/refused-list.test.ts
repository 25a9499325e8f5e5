import { afterEach, describe, expect, it } from 'vitest';
import type { RelayStore } from '@sotto/node';
import { nodePrimitives as primitives } from '@sotto/primitives-node';
import {
  accountFromSeed,
  IdentityError,
  parseAddress,
  seedFromPhrase,
  signDeviceList,
  verifyDeviceList,
} from '@sotto/protocol/identity';
import { Person, World } from './world.ts';
import type { WorldNode } from './world.ts';

let world = new World();
afterEach(() => world.end());

type Publish = RelayStore['publishKeys'];

/** The store of a home that refuses lists and keeps them all the same. */
class Refuser {
  refuses = false;
  /** Handed out in place of the true one. */
  shown: Uint8Array | null = null;
  readonly offered: Uint8Array[] = [];

  readonly wrap = (store: RelayStore): RelayStore =>
    new Proxy(store, {
      get: (target, name) => {
        if (name === 'publishKeys') return (keys: Parameters<Publish>[0]) => this.#publish(target, keys);
        if (name === 'access') {
          return async (mailbox: Uint8Array) => {
            const access = await target.access(mailbox);
            return access === null || this.shown === null ? access : { ...access, deviceList: this.shown };
          };
        }
        const member = Reflect.get(target, name) as unknown;
        return typeof member === 'function' ? (member.bind(target) as unknown) : member;
      },
    });

  async #publish(store: RelayStore, keys: Parameters<Publish>[0]): ReturnType<Publish> {
    if (keys.deviceList !== null && this.refuses) {
      this.offered.push(keys.deviceList.encoded.slice());
      throw new IdentityError('fork', 'So it says.');
    }
    return await store.publishKeys(keys);
  }
}

interface Home {
  readonly node: WorldNode;
  readonly home: Refuser;
  readonly alice: Person;
  readonly phrase: string;
  readonly mailbox: Uint8Array;
}

async function aliceWithPhone(seed: number): Promise<Home> {
  world = new World(seed);
  const home = new Refuser();
  const node = await world.node(undefined, { wrap: home.wrap });
  const alice = new Person(world, 'Alice');
  world.people.push(alice);
  const phrase = await alice.create(node, 'Alice');
  await alice.open();
  await world.clock.until(async () => (await alice.engine.whoami({})).invite !== '');
  await world.device(alice, 'phone', node);
  return { node, home, alice, phrase, mailbox: parseAddress((await world.whois(alice)).address) };
}

const devicesOf = async ({ engine }: Person): Promise<number[]> =>
  (await engine.devices({})).devices.map(({ device }) => device);

/** What the node knew in memory is read anew. */
async function restart(node: WorldNode): Promise<void> {
  node.stop();
  node.start();
  await world.clock.advance(65_000);
}

describe('a home that refuses a list and keeps it', () => {
  it('DEV-6: is offered the same list again, also after a restart; no other of that revision is signed', async () => {
    const { node, home, alice, mailbox } = await aliceWithPhone(430);
    home.refuses = true;
    const remove = () => world.during(alice.engine.revokeDevice({ device: 2 }));
    await expect(remove()).rejects.toMatchObject({ code: 'try-later' });
    await world.clock.advance(60_000);
    await expect(remove()).rejects.toMatchObject({ code: 'try-later' });
    await alice.close();
    await alice.open();
    await world.clock.advance(60_000);
    await expect(remove()).rejects.toMatchObject({ code: 'try-later' });
    expect(new Set(home.offered.map((list) => Buffer.from(list).toString('hex'))).size).toBe(1);
    expect(home.offered.length).toBeGreaterThan(3);
    expect(await devicesOf(alice)).toEqual([1, 2]);

    // What it showed to others meanwhile is what counts in the end.
    const times = home.offered.length;
    home.refuses = false;
    await restart(node);
    await world.clock.advance(300_000);
    expect(home.offered.length).toBe(times);
    expect(await devicesOf(alice)).toEqual([1]);
    expect(Buffer.from((await node.store!.access(mailbox))!.deviceList)).toEqual(Buffer.from(home.offered[0]!));
  });

  it('DEV-6, DEV-7: which shows it after all makes it count, with all that follows', async () => {
    const { node, home, alice, mailbox } = await aliceWithPhone(431);
    const before = (await node.store!.access(mailbox))!.capabilityHash;
    home.refuses = true;
    await expect(world.during(alice.engine.revokeDevice({ device: 2 }))).rejects.toMatchObject({ code: 'try-later' });
    home.shown = home.offered[0]!;
    await restart(node);
    await world.clock.advance(300_000);
    expect(await devicesOf(alice)).toEqual([1]);
    expect(alice.store.get("SELECT 1 FROM meta WHERE name = 'pending-device-list'")).toBeUndefined();
    // The device that is gone knew the capability.
    expect((await node.store!.access(mailbox))!.capabilityHash).not.toEqual(before);
  });

  it('DEV-6: takes it back when the home shows another one of that revision', async () => {
    const { node, home, alice, phrase, mailbox } = await aliceWithPhone(432);
    const account = accountFromSeed(primitives, seedFromPhrase(phrase));
    const now = verifyDeviceList(primitives, (await node.store!.access(mailbox))!.deviceList, mailbox);
    await world.clock.advance(1000);
    // Signed elsewhere, with the phrase: the same devices.
    const other = signDeviceList(primitives, account, {
      certificates: now.devices.map(({ encoded }) => encoded),
      previous: now,
      nowMs: world.clock.now(),
    });
    home.refuses = true;
    await expect(world.during(alice.engine.revokeDevice({ device: 2 }))).rejects.toMatchObject({ code: 'try-later' });
    home.refuses = false;
    await node.store!.publishKeys({
      mailbox,
      device: 1,
      keys: null,
      oneTime: [],
      oneTimeKyber: [],
      replaceOneTime: false,
      deviceList: { revision: other.revision, encoded: other.encoded, devices: [1, 2] },
    });
    home.refuses = true;
    await restart(node);
    await world.clock.advance(300_000);
    home.refuses = false;
    await world.during(alice.engine.revokeDevice({ device: 2 }));
    const last = verifyDeviceList(primitives, (await node.store!.access(mailbox))!.deviceList, mailbox, other);
    expect(last.continuity).toBe('next');
    expect(await devicesOf(alice)).toEqual([1]);
  });
});
