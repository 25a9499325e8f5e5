import { createAccount, createDevice } from '@sotto/protocol/identity';
import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualNetwork } from '../connection/testing/virtual-network.ts';
import type { Platform } from '../ports.ts';
import { Timers } from '../timers.ts';
import { HomeVisits } from './home-visits.ts';
import type { OwnIdentity } from './identity-store.ts';

describe('looking in on the other homes', () => {
  let network: VirtualNetwork;
  let isTakingIn: boolean;
  let visits: HomeVisits;
  const onFault = (error: unknown): never => {
    throw error;
  };

  beforeEach(() => {
    network = new VirtualNetwork();
    isTakingIn = false;
    const { primitives, random } = network.platform;
    const device = createDevice(primitives, random, createAccount(primitives, random), 1, network.clock.now());
    visits = new HomeVisits({
      platform: network.platform as Platform,
      timers: new Timers(network.clock, onFault),
      own: { device } as unknown as OwnIdentity,
      publishing: { isDue: () => false, bring: () => Promise.resolve(null), bringList: () => Promise.resolve() },
      isTakingIn: () => isTakingIn,
      onDeliver: () => undefined,
      beforePublishing: () => Promise.resolve(),
      onDeviceList: () => undefined,
      onNotHome: () => undefined,
      onNotAllowed: () => undefined,
      onFault,
    });
    const other = network.node('ws://other');
    visits.setPlaces([{ network: other.network, node: other.nodeId, urls: [other.url], psk: null }]);
  });

  const dials = (): number => network.dialled.length;

  it('RING-68: four seconds after being attached', async () => {
    await network.clock.advance(3900);
    expect(dials()).toBe(0);
    await network.clock.advance(200);
    expect(dials()).toBe(1);
    void visits.close();
  });

  it('RING-68: not while what the attached home holds is taken in, which they would push once more', async () => {
    isTakingIn = true;
    await network.clock.advance(30_000);
    expect(dials()).toBe(0);
    isTakingIn = false;
    await network.clock.advance(1100);
    expect(dials()).toBe(1);
    void visits.close();
  });

  it('RING-68: but after a minute, also when that never ends', async () => {
    isTakingIn = true;
    await network.clock.advance(59_000);
    expect(dials()).toBe(0);
    await network.clock.advance(2000);
    expect(dials()).toBe(1);
    void visits.close();
  });
});
