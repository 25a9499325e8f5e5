import { nodePrimitives as primitives, systemRandom } from '@sotto/primitives-node';
import { describe, expect, it } from 'vitest';
import { NodeStore } from '../platform/node/index.ts';
import { Database } from '../store/database.ts';
import { KIND, MAX_COPY_DELAY_MS, OutboxRows } from './outbox-rows.ts';
import type { OutboxKind } from './outbox-rows.ts';

const NOW_MS = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const CONTACT = 3;

describe('what waits for the keys of a device', () => {
  it('ENG-52, DEV-9: is due when the device is there; copies for own devices at the latest when any copy is', () => {
    const store = NodeStore.inMemory();
    const rows = new OutboxRows(
      new Database({ store, primitives, random: systemRandom, databaseKey: systemRandom(32) }),
    );
    const plan = (kind: OutboxKind, device: number, waitMs: number): void => {
      const expires = NOW_MS / 1000 + 86_400;
      rows.plan(CONTACT, systemRandom(16), kind, { sentAt: NOW_MS }, expires, device, NOW_MS + waitMs);
    };
    plan(KIND.text, 2, HOUR_MS);
    plan(KIND.sync, 2, HOUR_MS);
    plan(KIND.sync, 2, 5000);
    plan(KIND.text, 4, HOUR_MS);
    const due = (afterMs: number): number[] => rows.planned(CONTACT, NOW_MS + afterMs, 10).map(({ id }) => id);
    expect(rows.ready(CONTACT, [2], NOW_MS)).toBe(true);
    expect(due(0)).toEqual([1]);
    expect(due(5000)).toEqual([1, 3]);
    expect(due(MAX_COPY_DELAY_MS)).toEqual([1, 2, 3]);
    expect(rows.ready(CONTACT, [2], NOW_MS)).toBe(false);
  });
});
