import { describe, expect, it } from 'vitest';
import { nodePrimitives as primitives, systemRandom } from '@sotto/primitives-node';
import { createAccount, createDevice } from '@sotto/protocol/identity';
import { verifySpreadAck } from '@sotto/protocol/ring';
import { RefusalCode } from '@sotto/protocol/wire';
import type { SpreadAcks } from '@sotto/protocol/wire';
import { ConnectionError } from '../connection/index.ts';
import { VirtualClock } from '../connection/testing/virtual-clock.ts';
import { Timers } from '../timers.ts';
import { AckSpreader } from './ack-spreader.ts';
import type { OwnIdentity } from './identity-store.ts';

const fault = (error: unknown): never => {
  throw error;
};

function setUp() {
  const clock = new VirtualClock();
  const account = createAccount(primitives, systemRandom);
  const device = createDevice(primitives, systemRandom, account, 3, clock.now());
  const sent: SpreadAcks[] = [];
  const home = { network: systemRandom(32) as Uint8Array | null, refusal: null as RefusalCode | null };
  const spreader = new AckSpreader({
    primitives,
    timers: new Timers(clock, fault),
    own: { account: { publicKey: account.publicKey, seed: null }, device } as OwnIdentity,
    ask: (body) => {
      if (body.case !== 'spreadAcks') throw new Error('another question');
      if (home.refusal !== null) {
        return Promise.reject(new ConnectionError('refused', 'no', { refusal: home.refusal }));
      }
      sent.push(body.value);
      return Promise.resolve({ case: 'done', value: {} });
    },
    network: () => home.network,
    onFault: fault,
  });
  const taken = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ id: systemRandom(32), expires: 1000 + i }));
  return { clock, device, home, sent, spreader, taken };
}

describe('acknowledgements for all homes', () => {
  it('RING-69: what was taken within two seconds goes under one signature, which holds', async () => {
    const { clock, device, home, sent, spreader, taken } = setUp();
    const [first, second] = [taken(2), taken(1)];
    spreader.add(first);
    await clock.advance(1000);
    spreader.add(second);
    await clock.advance(999);
    expect(sent).toEqual([]);
    await clock.advance(1);
    expect(sent).toHaveLength(1);
    const acks = sent[0]!;
    expect(verifySpreadAck(primitives, acks, { network: home.network!, signingKey: device.signingKey })).toBe(true);
    expect([acks.device, acks.expires]).toEqual([3, [1000n, 1001n, 1000n]]);
    expect([...acks.ids]).toEqual([...first, ...second].flatMap(({ id }) => [...id]));
    await clock.advance(10_000);
    expect([sent.length, spreader.isIdle]).toEqual([1, true]);
  });

  it('RING-69: many take several, one after the other', async () => {
    const { clock, sent, spreader, taken } = setUp();
    spreader.add(taken(2500));
    await clock.advance(2000);
    expect(sent.map(({ ids }) => ids.length / 32)).toEqual([1024]);
    await clock.advance(4000);
    expect(sent.map(({ ids }) => ids.length / 32)).toEqual([1024, 1024, 452]);
  });

  it('RING-69: without a home they wait; a node that passes none on is not told again', async () => {
    const { clock, home, sent, spreader, taken } = setUp();
    const { network } = home;
    home.network = null;
    spreader.add(taken(1));
    await clock.advance(60_000);
    expect([sent.length, spreader.isIdle]).toEqual([0, false]);
    home.network = network;
    home.refusal = RefusalCode.BUSY;
    spreader.flush();
    await clock.advance(10_000);
    expect(spreader.isIdle).toBe(false);
    home.refusal = null;
    await clock.advance(2000);
    expect([sent.length, spreader.isIdle]).toEqual([1, true]);
    home.refusal = RefusalCode.UNSUPPORTED;
    spreader.add(taken(1));
    await clock.advance(2000);
    home.refusal = null;
    await clock.advance(60_000);
    expect([sent.length, spreader.isIdle]).toEqual([1, true]);
  });
});
