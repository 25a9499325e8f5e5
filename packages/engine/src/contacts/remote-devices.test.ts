import { nodePrimitives as primitives, systemRandom } from '@sotto/primitives-node';
import { createAccount, createDevice, signDeviceList } from '@sotto/protocol/identity';
import type { VerifiedDeviceList } from '@sotto/protocol/identity';
import { decodeDeviceList } from '@sotto/protocol/wire';
import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../api.ts';
import { EventStream } from '../event-stream.ts';
import { NodeStore } from '../platform/node/index.ts';
import { Database } from '../store/database.ts';
import { RemoteDevices } from './remote-devices.ts';

const account = createAccount(primitives, systemRandom);
const certificateOf = (device: number): Uint8Array =>
  createDevice(primitives, systemRandom, account, device, 1000).certificate;
const [first, second] = [certificateOf(1), certificateOf(2)];
const sign = (certificates: Uint8Array[], previous: VerifiedDeviceList | null): VerifiedDeviceList =>
  signDeviceList(primitives, account, { certificates, previous, nowMs: 2000 });
const one = sign([first], null);
const two = sign([first, second], one);
const three = sign([second], two);
const sealKey = (id: number): { id: number; key: Uint8Array; until: number } => ({
  id,
  key: systemRandom(1216),
  until: 9,
});

class Fixture {
  readonly store = new NodeStore(':memory:');
  readonly key = systemRandom(32);
  readonly events: EngineEvent[] = [];

  open(): RemoteDevices {
    const { store, key } = this;
    const database = new Database({ store, primitives, random: systemRandom, databaseKey: key });
    const stream = new EventStream(database);
    stream.on((event) => this.events.push(event));
    return new RemoteDevices(database, primitives, stream, new Uint8Array(32));
  }

  get notices(): string[] {
    return this.events.flatMap((event) => (event.type === 'notice' ? [event.code] : []));
  }
}

describe('devices of others', () => {
  it('ENG-16: the newest list is kept, with the sealing keys of its devices only; a change is told', () => {
    const f = new Fixture();
    f.open().accept(account.publicKey, decodeDeviceList(one.encoded), new Map([[1, sealKey(1)]]));
    const devices = f.open();
    expect(devices.known(account.publicKey)?.list.revision).toBe(1);
    expect(devices.known(systemRandom(32))).toBeNull();
    devices.accept(account.publicKey, decodeDeviceList(two.encoded), new Map([[2, sealKey(2)]]));
    expect([...(devices.known(account.publicKey)?.sealKeys.keys() ?? [])]).toEqual([1, 2]);
    expect(f.notices).toEqual(['devices-changed']);
    devices.accept(account.publicKey, decodeDeviceList(three.encoded), new Map());
    expect([...(f.open().known(account.publicKey)?.sealKeys.keys() ?? [])]).toEqual([2]);
    expect(f.notices).toHaveLength(2);
  });

  it('ENG-16: an older or contradicting list is refused and told; the one known stays', () => {
    const f = new Fixture();
    const devices = f.open();
    devices.accept(account.publicKey, decodeDeviceList(two.encoded), new Map());
    const fork = sign([first], one);
    for (const list of [one, fork]) {
      expect(() => devices.accept(account.publicKey, decodeDeviceList(list.encoded), new Map())).toThrow(
        expect.objectContaining({ name: 'IdentityError' }),
      );
    }
    expect(f.notices).toEqual(['device-list-refused', 'device-list-refused']);
    expect(devices.known(account.publicKey)?.list.revision).toBe(2);
    const stranger = createAccount(primitives, systemRandom).publicKey;
    expect(() => devices.accept(stranger, decodeDeviceList(one.encoded), new Map())).toThrow(
      expect.objectContaining({ code: 'wrong-account' }),
    );
  });

  it('ENG-16: a revision that a contact mentions and that is not known makes the list stale', () => {
    const devices = new Fixture().open();
    devices.accept(account.publicKey, decodeDeviceList(one.encoded), new Map());
    devices.mention(account.publicKey, 1);
    expect(devices.isStale(account.publicKey)).toBe(false);
    devices.mention(account.publicKey, 2);
    expect(devices.isStale(account.publicKey)).toBe(true);
    devices.accept(account.publicKey, decodeDeviceList(two.encoded), new Map());
    expect(devices.isStale(account.publicKey)).toBe(false);
  });
});
