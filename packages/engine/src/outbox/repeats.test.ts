import { systemRandom } from '@sotto/primitives-node';
import { describe, expect, it } from 'vitest';
import type { ContactEntry } from '../contacts/contacts.ts';
import { KIND } from './outbox-rows.ts';
import { Repeats } from './repeats.ts';
import type { RepeatsParts } from './repeats.ts';

const NOW_MS = 1_800_000_000_000;

describe('what is asked for again', () => {
  it('ENG-42: who asks for something that is nothing to be shown is answered Gone, and told anew what it may have been', () => {
    const contact = { id: 1, status: 'accepted' } as ContactEntry;
    const planned: { kind: number; ids: readonly Uint8Array[] | undefined; device: number }[] = [];
    const told: number[] = [];
    const repeats = new Repeats({
      ownContents: { find: () => null },
      outbox: {
        plan: (_to: unknown, _id: unknown, kind: number, payload: { ids?: Uint8Array[] }, device: number) =>
          planned.push({ kind, ids: payload.ids, device }),
      },
      rows: { kindOf: () => null },
      random: systemRandom,
      timers: { now: () => NOW_MS },
      device: 1,
      nextOrder: () => 1,
      isRecalling: () => false,
      onUnshown: (_to: unknown, device: number) => told.push(device),
    } as unknown as RepeatsParts);
    const id = systemRandom(16);
    repeats.asked(contact, 3, { orders: [], ids: [id] }, NOW_MS);
    expect(planned).toEqual([{ kind: KIND.gone, ids: [id], device: 3 }]);
    expect(told).toEqual([3]);
    repeats.asked(contact, 3, { orders: [], ids: [] }, NOW_MS);
    expect([planned.length, told.length]).toEqual([1, 1]);
  });
});
