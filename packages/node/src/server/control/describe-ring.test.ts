import { describe, expect, test } from 'vitest';
import type { RingStatus } from '../../ring/ring-status.ts';
import { describeStatus } from './describe-ring.ts';

const STATUS: RingStatus = {
  node: 'ab'.repeat(32),
  network: 'cd'.repeat(32),
  epoch: 7,
  epochSeconds: 600,
  view: '0123456789abcdef',
  leaving: false,
  nodes: [],
  partitionsHeld: 9,
  envelopesHeld: 20,
  partitionsToHandOver: 1,
  envelopesToHandOver: 2,
  partitionsToRepair: 3,
  envelopesToRepair: 1,
  peersCutOff: 0,
  tunnels: 0,
};

describe('ring status', () => {
  test('RING-49: says what is held, to be handed over, and to be repaired', () => {
    const text = describeStatus(STATUS, new Date(0));
    expect(text).toContain('Held       9 partitions, 20 envelopes');
    expect(text).toContain('Hand over  1 partition, 2 envelopes');
    expect(text).toContain('Repair     3 partitions, 1 envelope');
  });
});
