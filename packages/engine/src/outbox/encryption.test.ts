import { nodePrimitives as primitives, systemRandom as random } from '@sotto/primitives-node';
import { createKyberPrekey, createSignedPrekey } from '@sotto/protocol/handshake';
import { createAccount, createDevice, signDeviceList } from '@sotto/protocol/identity';
import type { DeviceKeys, VerifiedDeviceList } from '@sotto/protocol/identity';
import { createSealKey } from '@sotto/protocol/sealed';
import type { SealRequest } from '@sotto/protocol/sealed';
import { decodeDeviceList } from '@sotto/protocol/wire';
import { describe, expect, it } from 'vitest';
import { AmendmentRows } from '../amendments/amendment-rows.ts';
import { readIdentity, writeDevice } from '../account/identity-store.ts';
import { Profile, readProfile, writeProfile } from '../account/profile.ts';
import { Contacts } from '../contacts/contacts.ts';
import { RemoteDevices } from '../contacts/remote-devices.ts';
import { Sessions } from '../contacts/sessions.ts';
import { EventStream } from '../event-stream.ts';
import { History } from '../history/history.ts';
import { NodeStore } from '../platform/node/index.ts';
import { Database } from '../store/database.ts';
import { Timers } from '../timers.ts';
import { Encryption } from './encryption.ts';
import { OutboxRows } from './outbox-rows.ts';
import { OwnContents } from './own-contents.ts';
import { LocalSealer } from './sealer.ts';
import { Targets } from './targets.ts';
import type { Target } from './targets.ts';

const NOW_MS = 1_800_000_000_000;
const HELLO = 3;

/** A profile, and a contact with two devices. */
function fixture(onSeal: (request: SealRequest) => void) {
  const clock = { now: () => NOW_MS, after: () => () => undefined };
  const store = new NodeStore(':memory:');
  const platform = { store, primitives, random, clock, databaseKey: new Uint8Array(32) };
  const database = new Database(platform);
  const account = createAccount(primitives, random);
  const device = createDevice(primitives, random, account, 1, NOW_MS);
  const certificates = [device.certificate];
  const ownList = signDeviceList(primitives, account, { certificates, previous: null, nowMs: NOW_MS });
  const identity = { account: account.publicKey, accountSeed: account.seed, device, list: ownList, ephemeral: false };
  writeDevice(database, random, identity);
  const own = readIdentity(database, primitives)!;
  const given = { name: 'Anna', color: 1, listed: false, url: 'ws://node.example', psk: null, home: null };
  writeProfile(database, random, given);
  const profile = new Profile(database, random, readProfile(database)!);
  const events = new EventStream(database);
  const contacts = new Contacts(database, primitives, events);
  const devices = new RemoteDevices(database, primitives, events, account.publicKey);
  const sessions = new Sessions(database);
  const rows = new OutboxRows(database);
  const history = new History(database, contacts, events, { address: 'me', name: () => 'Anna' });
  const timers = new Timers(clock, () => undefined);
  const ownContents = new OwnContents(
    history,
    new AmendmentRows(database),
    timers,
    () => 1,
    () => undefined,
  );
  const links = { of: (): never => expect.fail('nobody is asked') };
  const targets = new Targets(platform, own, contacts, devices, sessions, links);
  const local = new LocalSealer(primitives, random);
  const encryption = new Encryption({
    platform,
    database,
    own,
    profile,
    contacts,
    sessions,
    ownContents,
    rows,
    sealer: {
      seal: (request) => {
        onSeal(request);
        return local.seal(request);
      },
    },
    absent: (of, written) => targets.absent(of, written),
    viewMark: () => null,
    ownSideBody: () => null,
  });

  const other = createAccount(primitives, random);
  const contact = contacts.add(other.publicKey, 'accepted', { petname: 'Bob' });
  const theirs = [1, 2].map((number) => createDevice(primitives, random, other, number, NOW_MS));
  const listOf = (those: readonly DeviceKeys[], previous: VerifiedDeviceList | null): VerifiedDeviceList => {
    const encoded = those.map(({ certificate }) => certificate);
    return signDeviceList(primitives, other, { certificates: encoded, previous, nowMs: NOW_MS });
  };
  const list = listOf(theirs, null);
  const accept = ({ encoded }: VerifiedDeviceList): void =>
    void devices.accept(other.publicKey, decodeDeviceList(encoded), new Map());
  accept(list);
  const prepared = theirs.map((keys) => targetOf(other.publicKey, keys));
  const removeSecond = (): void => accept(listOf(theirs.slice(0, 1), list));
  return { encryption, rows, sessions, contact, prepared, removeSecond };
}

function targetOf(account: Uint8Array, keys: DeviceKeys): Target {
  const { device, identityKey, identitySecret, signingSeed } = keys;
  const made = createSealKey(primitives, random, { account, device, id: 1, until: NOW_MS + 86_400_000, signingSeed });
  const sealKey = { id: 1, key: made.publicKey, until: made.until };
  const signedPrekey = createSignedPrekey(primitives, random, identitySecret, 1);
  const kyberPrekey = createKyberPrekey(primitives, random, identitySecret, 2);
  const bundle = { account, device, identityKey, registrationId: 7, signedPrekey, kyberPrekey, oneTime: null, sealKey };
  return { device, sealKey, bundle };
}

describe('encryption', () => {
  it('DEV-7: a device that is removed while it is being written to gets nothing; the content stays planned', async () => {
    const sealed: number[] = [];
    const world = fixture(({ device }) => {
      sealed.push(device);
      if (device === 2) world.removeSecond();
    });
    const { encryption, rows, sessions, contact, prepared } = world;
    rows.plan(contact.id, random(16), HELLO, { sentAt: NOW_MS }, NOW_MS / 1000 + 3600);
    const planned = rows.planned(contact.id, NOW_MS, 10);

    expect(await encryption.run(contact.id, planned, prepared)).toBe(false);
    // Not tried again with the same targets.
    expect(sealed).toEqual([1, 2]);
    expect(rows.due(contact.id, NOW_MS, new Set(), 10)).toEqual([]);
    expect(sessions.read(contact.account, 2).record).toEqual(sessions.read(contact.account, 9).record);
    expect(rows.planned(contact.id, NOW_MS, 10)).toHaveLength(1);

    expect(await encryption.run(contact.id, planned, prepared.slice(0, 1))).toBe(true);
    expect(rows.due(contact.id, NOW_MS, new Set(), 10).map(({ device }) => device)).toEqual([1]);
  });
});
