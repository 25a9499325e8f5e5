import { MAX_JUMP, MAX_SKIPPED_KEYS } from '@sotto/protocol/ratchet';
import { expect, it } from 'vitest';
import { RefusedError, SIDES } from './device.ts';
import type { Device, Sent } from './device.ts';
import { seededRandom } from './seeded-random.ts';
import { SottoDevice } from './sotto-device.ts';
import { describeWithPeer } from './with-peer.ts';

const TEXT = Uint8Array.of(1);

async function opens(device: Device, sent: Sent): Promise<boolean> {
  try {
    await device.receive(sent);
    return true;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return false;
  }
}

describeWithPeer(({ SignalDevice }) => {
  it.each(SIDES)(
    'INTEROP-7: how far ahead a message of %s may be, and how many it may overtake',
    { timeout: 180_000 },
    async (side) => {
      const sotto = new SottoDevice('Sotto', seededRandom('limits'));
      const signal = new SignalDevice('the library');
      const [sender, receiver]: readonly [Device, Device] = side === 'Sotto' ? [sotto, signal] : [signal, sotto];
      await sender.start(receiver.bundle(false));
      await receiver.receive(await sender.send(TEXT));
      await sender.receive(await receiver.send(TEXT));

      // A new chain of the sender: counters from 0.
      const sent: Sent[] = [];
      for (let counter = 0; counter <= MAX_JUMP + 1; counter++) sent.push(await sender.send(TEXT));
      // Between the two lies what the library's post-quantum part counts as one too many and ours does not.
      expect(await opens(receiver.fork(), sent[MAX_JUMP + 1]!)).toBe(false);
      const last = MAX_JUMP - 1;
      expect(await opens(receiver, sent[last]!)).toBe(true);
      const oldest = last - MAX_SKIPPED_KEYS;
      const kept: number[] = [];
      for (const counter of [0, oldest - 1, oldest, oldest + 1, last - 1, last, last + 1, last + 2]) {
        if (await opens(receiver.fork(), sent[counter]!)) kept.push(counter);
      }
      expect(kept).toEqual([oldest, oldest + 1, last - 1, last + 1, last + 2]);
    },
  );
});
