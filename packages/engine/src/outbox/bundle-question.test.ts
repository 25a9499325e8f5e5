import { nodePrimitives as primitives, systemRandom } from '@sotto/primitives-node';
import { xeddsaSign } from '@sotto/protocol/crypto';
import { createAccount, createDevice, sealKeyBytes, signDeviceList } from '@sotto/protocol/identity';
import type { AccountKeys, DeviceKeys, VerifiedDeviceList } from '@sotto/protocol/identity';
import {
  BundlesSchema,
  create,
  decodeDeviceList,
  OneTimeKeySchema,
  PrekeyBundleSchema,
  RefusalCode,
  SealKeySchema,
  SignedKeySchema,
} from '@sotto/protocol/wire';
import type { FrameBody, PrekeyBundle, SignedKey } from '@sotto/protocol/wire';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConnectionError } from '../connection/index.ts';
import { fakeMember, fakeReach } from '../ring/testing/fake-ring.ts';
import type { FakeReach, FakeRequests } from '../ring/testing/fake-ring.ts';
import { askForBundles } from './bundle-question.ts';
import type { SendingProblem } from './sending-problem.ts';

const account = createAccount(primitives, systemRandom);
const [first, second] = [1, 2].map((device) => createDevice(primitives, systemRandom, account, device, 1000));
const sign = (keys: AccountKeys, certificates: Uint8Array[], previous: VerifiedDeviceList | null): VerifiedDeviceList =>
  signDeviceList(primitives, keys, { certificates, previous, nowMs: 2000 });
const one = sign(account, [first!.certificate], null);
const two = sign(account, [first!.certificate, second!.certificate], one);

const prefixed = (kind: number, length: number): Uint8Array => Uint8Array.of(kind, ...systemRandom(length));
function signedKey({ identitySecret }: DeviceKeys, id: number, key: Uint8Array): SignedKey {
  return create(SignedKeySchema, { id, key, signature: xeddsaSign(primitives, identitySecret, key, systemRandom(64)) });
}
function bundleOf(by: DeviceKeys, withOneTime: boolean, oneTimeId = 3): PrekeyBundle {
  const published = { id: 7, key: systemRandom(1216), until: 9000 };
  const owner = { account: account.publicKey, device: by.device };
  const signature = primitives.ed25519.sign(by.signingSeed, sealKeyBytes(owner, published));
  const oneTime = withOneTime ? create(OneTimeKeySchema, { id: oneTimeId, key: prefixed(5, 32) }) : undefined;
  return create(PrekeyBundleSchema, {
    device: by.device,
    registrationId: 77,
    signedPrekey: signedKey(by, 1, prefixed(5, 32)),
    kyberPrekey: signedKey(by, 2, prefixed(8, 1568)),
    ...(oneTime === undefined ? {} : { oneTime }),
    sealKey: create(SealKeySchema, { ...published, until: 9000n, signature }),
  });
}

const refused = (refusal: RefusalCode): ConnectionError => new ConnectionError('refused', '', { refusal });
const capability = systemRandom(16);

describe('bundles from several homes', () => {
  let reach: FakeReach;
  let refusedAccess: number;

  beforeEach(() => {
    reach = fakeReach([fakeMember(), fakeMember(), fakeMember()]);
    refusedAccess = 0;
  });

  const home = (index: number): FakeRequests => reach.homes[index]!.requests;
  const bundles = (list: VerifiedDeviceList, ...of: readonly DeviceKeys[]): FakeRequests['answer'] => {
    return (asked) => {
      const presents = asked.case === 'fetchBundles' && asked.value.capability.length > 0;
      const made = of.map((device) => bundleOf(device, presents));
      const value = create(BundlesSchema, { deviceList: decodeDeviceList(list.encoded), bundles: made });
      return Promise.resolve({ case: 'bundles', value });
    };
  };
  const fails = (problem: Error): FakeRequests['answer'] =>
    async function fail() {
      throw problem;
    };
  const forged = (answer: FakeRequests['answer'], change: (bundle: PrekeyBundle) => void): FakeRequests['answer'] => {
    return async (asked, more) => {
      const made = await answer(asked, more);
      if (made.case === 'bundles') made.value.bundles.forEach(change);
      return made;
    };
  };
  const ask = (): ReturnType<typeof askForBundles> =>
    askForBundles({
      primitives,
      reach,
      account: account.publicKey,
      capability,
      requestToken: new Uint8Array(0),
      onAccessRefused: () => refusedAccess++,
    });
  const found = async (): Promise<string> => {
    try {
      const { deviceList, bundles: all } = await ask();
      const revision = deviceList === undefined ? 0 : decodeRevision(deviceList.body);
      const devices = all.map(({ device, oneTime }) => `${device}${oneTime === undefined ? '' : '+'}`).sort();
      return `${revision}: ${devices.join(' ')}`;
    } catch (error) {
      const { problem, step } = error as SendingProblem;
      return `${problem}, ${step}`;
    }
  };
  const decodeRevision = (body: Uint8Array): number =>
    [one, two].find((list) => listBody(list) === body.join())?.revision ?? 0;
  const listBody = (list: VerifiedDeviceList): string => decodeDeviceList(list.encoded).body.join();
  const presented = (index: number): number[] =>
    home(index).asked.map((asked: FrameBody) => (asked.case === 'fetchBundles' ? asked.value.capability.length : -1));

  it('RING-77: one home gives one-time keys, a second is asked without using any up', async () => {
    for (const index of [0, 1, 2]) home(index).answer = bundles(two, first!, second!);
    expect(await found()).toBe('2: 1+ 2+');
    expect([presented(0), presented(1), presented(2)]).toEqual([[16], [0], []]);
  });

  it('RING-77, TM-83: an old list is found out by the second home; the newest that the account signed counts', async () => {
    home(0).answer = bundles(one, first!);
    home(1).answer = bundles(two, first!, second!);
    expect(await found()).toBe('2: 1+ 2');
    home(0).answer = bundles(two, first!, second!);
    home(1).answer = bundles(one, first!);
    expect(await found()).toBe('2: 1+ 2+');
  });

  it('RING-77, TM-83: a list of somebody else, and keys that are not theirs, are those of a home that lies', async () => {
    const mallory = createAccount(primitives, systemRandom);
    const hers = createDevice(primitives, systemRandom, mallory, 1, 1000);
    home(1).answer = bundles(one, first!);
    home(0).answer = bundles(sign(mallory, [hers.certificate], null), hers);
    expect(await found()).toBe('1: 1');
    home(0).answer = forged(bundles(one, first!), (bundle) => (bundle.signedPrekey!.key = prefixed(5, 32)));
    expect(await found()).toBe('1: 1');
    home(0).answer = bundles(one);
    expect(await found()).toBe('1: 1');
  });

  it('RING-77: with the others dead one home that lies makes nothing fail for good', async () => {
    home(0).answer = forged(bundles(one, first!), (bundle) => (bundle.signedPrekey!.key = prefixed(5, 32)));
    for (const index of [1, 2]) home(index).answer = fails(new ConnectionError('unreachable', ''));
    expect(await found()).toBe('unreachable, retry');
    home(0).answer = fails(refused(RefusalCode.NO_MAILBOX));
    expect(await found()).toBe('unreachable, retry');
    home(1).answer = fails(refused(RefusalCode.NO_MAILBOX));
    expect(await found()).toBe('no-mailbox, give-up');
  });

  it('RING-77: a dead home is passed over, whichever it is; with one left its word is taken', async () => {
    const dead = fails(new ConnectionError('unreachable', ''));
    for (const index of [0, 1, 2]) home(index).answer = bundles(two, first!, second!);
    home(0).answer = dead;
    expect(await found()).toBe('2: 1+ 2+');
    expect(presented(1)).toEqual([0, 16]);
    home(1).answer = dead;
    expect(await found()).toBe('2: 1+ 2+');
    home(2).answer = dead;
    expect(await found()).toBe('unreachable, retry');
  });

  it('RING-77: a capability that one home does not take is not given up', async () => {
    const answer = bundles(one, first!);
    for (const index of [0, 1, 2]) {
      home(index).answer = (asked, more) =>
        asked.case === 'fetchBundles' && asked.value.capability.length > 0
          ? Promise.reject(refused(RefusalCode.NOT_ALLOWED))
          : answer(asked, more);
    }
    expect(await found()).toBe('1: 1');
    expect(refusedAccess).toBe(0);
    reach = fakeReach([fakeMember()]);
    home(0).answer = (asked, more) =>
      asked.case === 'fetchBundles' && asked.value.capability.length > 0
        ? Promise.reject(refused(RefusalCode.NOT_ALLOWED))
        : answer(asked, more);
    expect(await found()).toBe('1: 1');
    expect(refusedAccess).toBe(1);
  });
});
