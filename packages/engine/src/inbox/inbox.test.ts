import { nodePrimitives as primitives, systemRandom } from '@sotto/primitives-node';
import { describe, expect, it } from 'vitest';
import { NodeStore } from '../platform/node/index.ts';
import { Database } from '../store/database.ts';
import { Arrivals } from './arrivals.ts';
import type { ArrivalParts } from './arrivals.ts';
import { Inbox } from './inbox.ts';
import type { InboxParts } from './inbox.ts';

const NOW_MS = 1_800_000_000_000;
const CONTACT = { id: 1, status: 'accepted' };

describe('inbox', () => {
  it('ENG-40: a message under a number that was used before is asked for, unless its content is here', async () => {
    const store = NodeStore.inMemory();
    const database = new Database({ store, primitives, random: systemRandom, databaseKey: systemRandom(32) });
    const [here, lost] = [systemRandom(16), systemRandom(16)];
    store.run(
      'INSERT INTO held (contact, device, ord, content_id, held_at, sealed) VALUES (1, 1, 1, ?, 0, ?)',
      here,
      systemRandom(16),
    );
    const asked: Uint8Array[] = [];
    const acknowledged: Uint8Array[] = [];
    const arrivals = new Arrivals({
      database,
      contacts: { byAccount: () => CONTACT },
      placeholders: { show: () => undefined },
      repair: { failed: (_contact: unknown, _device: number, id: Uint8Array) => asked.push(id) },
    } as unknown as ArrivalParts);
    const inbox = new Inbox({
      timers: { now: () => NOW_MS, after: () => () => undefined },
      database,
      arrivals,
      opening: {
        idOf: (_expires: number, body: Uint8Array) => body,
        unseal: (body: Uint8Array) => ({ account: systemRandom(32), device: 1, contentId: body }),
        decrypt: () => ({ result: 'duplicate' }),
      },
      senders: { isListed: () => true },
      acknowledge: (taken: readonly { id: Uint8Array }[]) => acknowledged.push(...taken.map(({ id }) => id)),
      onFault: (error: unknown) => {
        throw error;
      },
    } as unknown as InboxParts);
    const link = { acknowledge: () => undefined };
    for (const body of [here, lost]) inbox.push({ expires: NOW_MS / 1000 + 60, body, live: false }, link);
    await new Promise(setImmediate);
    expect(asked).toEqual([lost]);
    expect(acknowledged).toEqual([here, lost]);
    inbox.close();
  });
});
