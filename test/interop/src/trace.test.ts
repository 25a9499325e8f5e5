import { expect, it } from 'vitest';
import { SIDES } from './device.ts';
import type { Device, Side } from './device.ts';
import { headerOf } from './message-header.ts';
import { seededRandom } from './seeded-random.ts';
import { SottoDevice } from './sotto-device.ts';
import { describeWithPeer } from './with-peer.ts';

/**
 * How many messages each side sends in its turn, over and over; how many types of parts that shows (a burst leaves out
 * those that acknowledge what is still coming); which of each hundred messages are lost.
 */
const PATTERNS = [
  { name: 'one each', turns: [1, 1], types: 7, lost: [] },
  { name: 'a few each', turns: [3, 5, 2], types: 7, lost: [] },
  { name: 'bursts', turns: [40, 45], types: 5, lost: [] },
  { name: 'one side almost silent', turns: [12, 1], types: 4, lost: [] },
  {
    name: 'one each, some lost',
    turns: [1, 1],
    types: 7,
    lost: [2, 3, 5, 6, 9, 11, 14, 20, 28, 61, 62, 63, 80, 83, 90, 95, 97],
  },
  {
    name: 'a few each, many lost',
    turns: [4, 3],
    types: 7,
    lost: [1, 4, 5, 6, 8, 10, 13, 15, 16, 17, 31, 40, 41, 55, 56, 57, 70],
  },
] as const;
const MESSAGES = 400;
const TEXT = Uint8Array.of(1);

/** What a pattern of messages looks like to whoever sees them all. */
async function trace(
  initiator: Device,
  responder: Device,
  turns: readonly number[],
  lost: readonly number[],
): Promise<string[]> {
  const seen: string[] = [];
  await initiator.start(responder.bundle(true));
  // Without the first message the responder could not answer.
  await responder.receive(await initiator.send(TEXT));
  for (let turn = 0; seen.length < MESSAGES; turn++) {
    const [from, to] = turn % 2 === 0 ? [initiator, responder] : [responder, initiator];
    const way = turn % 2 === 0 ? '>' : '<';
    for (let i = 0; i < turns[turn % turns.length]!; i++) {
      const sent = await from.send(TEXT);
      const header = headerOf(sent);
      const isLost = lost.includes(seen.length % 100);
      seen.push(`${way} ${sent.kind} ${header.counter} ${header.part}${isLost ? ' lost' : ''}`);
      if (!isLost) await to.receive(sent);
    }
  }
  return seen;
}

describeWithPeer(({ SignalDevice }) => {
  const device = (side: Side): Device =>
    side === 'Sotto' ? new SottoDevice('Sotto', seededRandom(`trace/${side}`)) : new SignalDevice('the library');

  it.each(PATTERNS)(
    'INTEROP-9: every counter, epoch, part and chunk is the one the library would send: $name',
    async ({ turns, types, lost }) => {
      const model = await trace(device('the library'), new SignalDevice('another', 1), turns, lost);
      expect(new Set(model.map((line) => line.split('/')[2])).size).toBe(types);
      for (const side of SIDES) {
        expect(await trace(device(side), device(side === 'Sotto' ? 'the library' : 'Sotto'), turns, lost)).toEqual(
          model,
        );
      }
      expect(await trace(device('Sotto'), device('Sotto'), turns, lost)).toEqual(model);
    },
  );
});
