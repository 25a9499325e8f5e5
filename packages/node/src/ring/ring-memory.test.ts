import { describe, expect, test } from 'vitest';
import { memoryRingFile, type RingFile } from './ring-file.ts';
import { TestNode } from '../testing/test-node.ts';
import { TestRing, TWO_EPOCHS_MS, urlOf } from '../testing/test-ring.ts';

const HOUR_MS = 3_600_000;

describe('what a node keeps of its ring', () => {
  test('RING-40: a sequence is on the disk before anybody sees what is signed with it', () => {
    const kept = memoryRingFile();
    const saved: number[] = [];
    const file: RingFile = {
      load: () => kept.load(),
      save: (state) => {
        saved.push(state.sequence);
        kept.save(state);
      },
    };
    const node = new TestNode({ ring: { dialer: null, file, epochSeconds: 20, admits: 'invite' } });
    expect(saved.at(-1)).toBe(node.core.ring.own.sequence);
    const before = node.core.ring.own.sequence;
    node.core.ring.leave();
    expect(node.core.ring.own.sequence).toBeGreaterThan(before);
    expect(saved.at(-1)).toBe(node.core.ring.own.sequence);
  });

  test('RING-40: a disk that takes nothing keeps no node from its ring', () => {
    const kept = memoryRingFile();
    const file: RingFile = {
      load: () => kept.load(),
      save: () => {
        throw new Error('full');
      },
    };
    const node = new TestNode({ ring: { dialer: null, file, epochSeconds: 20, admits: 'invite' } });
    expect(node.core.ring.view().members).toHaveLength(1);
    expect(node.metrics.internalErrors).toBeGreaterThan(0);
  });

  test('RING-42: nodes that are gone for good are forgotten, and links with them', async () => {
    const ring = new TestRing(3);
    await ring.clock.advance(TWO_EPOCHS_MS);
    const [founder, ...others] = ring.nodes;
    const { links } = founder!.core.ring;
    for (const [at, node] of others.entries()) {
      links.get(ring.keyOf(at + 1)).misbehaved('test');
      node.core.abandon();
      ring.network.unreachable.add(urlOf(at + 1));
    }
    expect([links.remembered, links.cutOff.size]).toEqual([2, 2]);
    for (let hour = 0; hour < 60; hour++) {
      ring.clock.jump(HOUR_MS);
      await ring.clock.advance(40_000);
    }
    expect([links.remembered, links.cutOff.remembered]).toEqual([0, 0]);
  });
});
