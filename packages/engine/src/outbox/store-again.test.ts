import { nodePrimitives as primitives, systemRandom } from '@sotto/primitives-node';
import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../connection/testing/virtual-clock.ts';
import type { ContactEntry } from '../contacts/contacts.ts';
import { NodeStore } from '../platform/node/index.ts';
import { fakeMember, fakeReach } from '../ring/testing/fake-ring.ts';
import type { Reach } from '../ring/recipient-nodes.ts';
import { Database } from '../store/database.ts';
import { Timers } from '../timers.ts';
import { KIND, OutboxRows } from './outbox-rows.ts';
import { homesName } from './send-round.ts';
import { StoreAgain } from './store-again.ts';

const route = { network: systemRandom(32), node: systemRandom(32), urls: ['ws://node'], psk: null };
const contact: Pick<ContactEntry, 'id' | 'account' | 'route'> = { id: 1, account: systemRandom(32), route };

describe('what is at nodes and was not confirmed', () => {
  let clock: VirtualClock;
  let rows: OutboxRows;
  let reach: Reach;
  let due: number[];
  let changed: () => void;
  const members = Array.from({ length: 5 }, () => fakeMember());

  beforeEach(() => {
    clock = new VirtualClock();
    const database = new Database({
      store: new NodeStore(':memory:'),
      primitives,
      random: systemRandom,
      databaseKey: systemRandom(32),
    });
    rows = new OutboxRows(database);
    due = [];
    reach = fakeReach(members);
    const fault = (error: unknown): void => {
      throw error;
    };
    const again = new StoreAgain({
      timers: new Timers(clock, fault),
      random: systemRandom,
      database,
      contacts: { byId: () => contact } as never,
      profile: { current: { home: null } } as never,
      nodes: { of: () => reach },
      views: { onChange: (listener) => ((changed = () => listener(route.network)), () => true) },
      onDue: (id) => due.push(id),
      onFault: fault,
    });
    again.start();
    again.start();
    const planned = { id: 0, contact: 1, device: 0, contentId: systemRandom(16), kind: KIND.text, expires: 2 ** 40 };
    rows.addSealed({ ...planned, payload: { sentAt: 0 } }, 1, systemRandom(8), 2 ** 40, 0);
    const [row] = rows.due(1, clock.now(), new Set(), 9);
    rows.markStored(row!.id, clock.now() + 86_400_000, homesName(reach.placed));
  });

  const dueNow = (): { stored: boolean; moved: boolean }[] =>
    rows.due(1, clock.now(), new Set(), 9).map(({ stored, moved }) => ({ stored, moved }));

  it('RING-78: is stored again when the homes are others, once', async () => {
    await clock.advance(3_600_000);
    expect([due, dueNow()]).toEqual([[], []]);
    reach = fakeReach([members[0]!, members[1]!, members[4]!]);
    changed();
    changed();
    await clock.advance(20_000);
    expect([due, dueNow()]).toEqual([[1], [{ stored: true, moved: true }]]);
    await clock.advance(3_600_000);
    expect(due).toEqual([1]);
    const [row] = rows.due(1, clock.now(), new Set(), 9);
    rows.markStored(row!.id, clock.now() + 86_400_000, homesName(reach.placed));
    await clock.advance(3_600_000);
    expect([due, dueNow()]).toEqual([[1], []]);
  });

  it('RING-78: other ranks of the same homes are no reason', async () => {
    reach = fakeReach([members[2]!, members[0]!, members[1]!]);
    changed();
    await clock.advance(3_600_000);
    expect(due).toEqual([]);
  });

  it('RING-78: nor is a view that nobody tells just now; without a word about a change it is noticed within minutes', async () => {
    const alone = fakeReach([members[4]!]);
    reach = { ...alone, view: { ...alone.view, hash: new Uint8Array(0) } };
    await clock.advance(3_600_000);
    expect(due).toEqual([]);
    reach = alone;
    await clock.advance(700_000);
    expect(due).toEqual([1]);
  });

  it('RING-78: after 24 h it is due anyway', async () => {
    await clock.advance(86_400_000);
    expect(dueNow()).toEqual([{ stored: true, moved: false }]);
  });
});
