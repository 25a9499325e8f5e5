import { expect, it } from 'vitest';
import { DeliveryRules } from './delivery-rules.ts';
import { RefusedError, SIDES } from './device.ts';
import type { Device, Sent } from './device.ts';
import { headerOf } from './message-header.ts';
import { seededRandom } from './seeded-random.ts';
import { SottoDevice } from './sotto-device.ts';
import { describeWithPeer } from './with-peer.ts';

const TEXT = Uint8Array.of(1);
/** More than the longest part of an epoch has chunks, so that each turn finishes what it sends. */
const TURN = 40;
const TURNS = 14;

interface End {
  readonly device: Device;
  readonly rules: DeliveryRules;
  /** The first message of each of the other side's turns, held back on the way. */
  readonly late: Sent[];
}

describeWithPeer(({ SignalDevice }) => {
  it.each(SIDES)('INTEROP-8: late messages of old chains and epochs, begun by %s', async (side) => {
    const sotto = new SottoDevice('Sotto', seededRandom('late'));
    const signal = new SignalDevice('the library');
    const end = (device: Device): End => ({ device, rules: new DeliveryRules(device.keptEpochs), late: [] });
    const ends = side === 'Sotto' ? ([end(sotto), end(signal)] as const) : ([end(signal), end(sotto)] as const);
    await ends[0].device.start(ends[1].device.bundle(true));

    const opens = async (to: End, sent: Sent): Promise<boolean> => {
      try {
        await to.device.fork().receive(sent);
        return true;
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        return false;
      }
    };
    const seen = { opened: 0, refused: 0, refusedForEpoch: 0 };
    for (let turn = 0; turn < TURNS; turn++) {
      const [from, to] = turn % 2 === 0 ? ends : [ends[1], ends[0]];
      for (let i = 0; i < TURN; i++) {
        const sent = await from.device.send(TEXT);
        const header = headerOf(sent);
        from.rules.sent(header);
        if (i === 0 && turn > 0) {
          to.late.push(sent);
          continue;
        }
        await to.device.receive(sent);
        to.rules.opened(header);
      }
      for (const each of ends) {
        const expected = each.late.map((sent) => each.rules.opens(headerOf(sent)));
        const actual: boolean[] = [];
        for (const sent of each.late) actual.push(await opens(each, sent));
        expect(actual, `${each.device.name} after turn ${turn}`).toEqual(expected);
        for (const [i, opened] of actual.entries()) {
          seen[opened ? 'opened' : 'refused']++;
          if (!opened && i >= each.late.length - 5) seen.refusedForEpoch++;
        }
      }
    }
    expect(seen.opened).toBeGreaterThan(20);
    expect(seen.refused).toBeGreaterThan(5);
    // The library forgets an epoch before the chain.
    expect(seen.refusedForEpoch).toBeGreaterThan(0);
  });
});
