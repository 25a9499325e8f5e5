import { nodePrimitives as primitives, systemRandom } from '@sotto/primitives-node';
import { describe, expect, it } from 'vitest';
import { Contacts, SELF_STATUS } from '../contacts/contacts.ts';
import { EventStream } from '../event-stream.ts';
import type { Gaps } from '../history/gaps.ts';
import { Ordering } from '../history/ordering.ts';
import { NodeStore } from '../platform/node/index.ts';
import { Database } from '../store/database.ts';
import { OWN_STREAMS, ownStreams, restoredStreams } from './own-streams.ts';
import { SyncGaps } from './sync-gaps.ts';

const NOW_MS = 1_800_000_000_000;
const SELF = 7;

function database(): Database {
  const store = NodeStore.inMemory();
  return new Database({ store, primitives, random: systemRandom, databaseKey: systemRandom(32) });
}

describe('what a backup says of the other devices', () => {
  it('BAK-9: each device from the first content that is not here, the one that makes it from its next', () => {
    const from = database();
    from.store.run(
      'INSERT INTO contact (id, tag, status, sealed) VALUES (?, ?, ?, ?)',
      SELF,
      systemRandom(16),
      SELF_STATUS,
      systemRandom(16),
    );
    from.store.run(`INSERT INTO counter (name, value) VALUES ('sync', 12)`);
    const gaps = new SyncGaps(from);
    gaps.begin(SELF, 2, 5);
    // 3 and 4 came, 1 and 2 are missing.
    gaps.came(SELF, 4, 3, NOW_MS);
    gaps.came(SELF, 4, 4, NOW_MS);
    expect(ownStreams(from, 1)).toEqual([
      { device: 1, next: 12 },
      { device: 2, next: 5 },
      { device: 4, next: 1 },
    ]);
  });

  it('DEV-14, BAK-9: a message that waits for its turn is in no history, so it is told again', () => {
    const from = database();
    const contacts = new Contacts(from, primitives, new EventStream(from));
    const { id } = contacts.add(systemRandom(32), 'accepted', {}, 'self');
    const bob = contacts.add(systemRandom(32), 'accepted', {});
    const gaps = new SyncGaps(from);
    const ordering = new Ordering({
      database: from,
      contacts,
      gaps: {} as Gaps,
      show: () => undefined,
      ask: () => undefined,
      onHold: () => undefined,
    });
    const accept = (order: number, told: number): void => {
      gaps.came(id, 2, told, NOW_MS);
      const text = { text: 'x', replyTo: null, disappear: 0 };
      const times = { sentAt: NOW_MS, receivedAt: NOW_MS };
      ordering.accept(bob, { contentId: systemRandom(16), device: -2, order, saying: text, told, ...times });
    };
    accept(1, 1);
    expect(ownStreams(from, 1)).toContainEqual({ device: 2, next: 2 });
    // 2 was given up, or comes under a later number.
    accept(4, 2);
    accept(3, 3);
    expect(ownStreams(from, 1)).toContainEqual({ device: 2, next: 2 });
    accept(2, 4);
    expect(ownStreams(from, 1)).toContainEqual({ device: 2, next: 5 });
  });

  it('BAK-4: what makes no sense in the file is left out', () => {
    const into = database();
    expect(restoredStreams(into)).toBeNull();
    const good = { device: 2, next: 5 };
    into.setMeta(OWN_STREAMS, { streams: [good, null, 3, { device: 0, next: 1 }, { device: 1, next: 0.5 }, {}] });
    expect(restoredStreams(into)).toEqual([good]);
    into.setMeta(OWN_STREAMS, { streams: 'none' });
    expect(restoredStreams(into)).toEqual([]);
  });
});
