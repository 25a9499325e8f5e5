import { expect, test } from 'vitest';
import { MemoryStore } from '../../store/memory/memory-store.ts';
import type { StoreItem } from '../../store/relay-store.ts';
import type { EnvelopeRef } from '../../store/ring-store.ts';
import { DEFAULT_STORE_LIMITS } from '../../store/store-limits.ts';
import { TestNode } from '../../testing/test-node.ts';

const DAY_MS = 86_400_000;

/** Gives back one envelope other than it was stored. */
class LyingDisk extends MemoryStore {
  flipped: Uint8Array | null = null;

  override async read(refs: readonly EnvelopeRef[]): Promise<(StoreItem | null)[]> {
    const items = await super.read(refs);
    return items.map((item) =>
      item === null || this.flipped === null || Buffer.compare(item.id, this.flipped) !== 0
        ? item
        : { ...item, body: item.body.with(100, item.body[100]! ^ 1) },
    );
  }
}

test('RING-28: what the disk has changed is removed within a day or two, and all else stays', async () => {
  const store = new LyingDisk(DEFAULT_STORE_LIMITS);
  const node = new TestNode({ store, limits: { maxExpirySeconds: 30 * 86_400 } });
  const { person } = await node.resident(false);
  const sender = await node.connect(null);
  const expires = Math.floor(node.clock.now() / 1000) + 20 * 86_400;
  const frames = [1, 2, 3].map((number) => person.envelope(node.clock.now(), number, { expires }));
  for (const frame of frames) await node.send(sender, frame);
  store.flipped = person.idOf(frames[1]!);
  sender.socket.close(1000, '');
  await node.clock.advance(3 * DAY_MS);
  const left = await store.take(person.mailbox, 1, 0, 10);
  expect(left.map(({ id }) => id)).toEqual([person.idOf(frames[0]!), person.idOf(frames[2]!)]);
  expect(node.metrics.damaged).toBe(1);
  expect(node.logged.filter(({ event }) => event === 'envelopes-damaged')).toHaveLength(1);
}, 60_000);
