import { nodePrimitives as primitives, systemRandom } from '@sotto/primitives-node';
import { describe, expect, it } from 'vitest';
import { NodeStore } from '../platform/node/index.ts';
import { StoreError } from '../ports.ts';
import { Database } from '../store/database.ts';
import { Outbox } from './outbox.ts';
import type { OutboxParts } from './outbox.ts';
import { KIND, OutboxRows } from './outbox-rows.ts';

const START_MS = 1_800_000_000_000;
const CONTACT = 1;

/** Time that passes only when it is told to. */
class Waits {
  nowMs = START_MS;
  readonly #waiting = new Set<{ atMs: number; run: () => void }>();

  now(): number {
    return this.nowMs;
  }

  after(ms: number, run: () => void): () => void {
    const wait = { atMs: this.nowMs + ms, run };
    this.#waiting.add(wait);
    return () => this.#waiting.delete(wait);
  }

  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    for (;;) {
      await new Promise(setImmediate);
      const [next] = [...this.#waiting].toSorted((a, b) => a.atMs - b.atMs);
      if (next === undefined || next.atMs > untilMs) break;
      this.#waiting.delete(next);
      this.nowMs = next.atMs;
      next.run();
    }
    this.nowMs = untilMs;
  }
}

describe('outbox', () => {
  it('ENG-5: after a fault of the own disk what was due before is sent without anything else happening', async () => {
    const timers = new Waits();
    const store = NodeStore.inMemory();
    const database = new Database({ store, primitives, random: systemRandom, databaseKey: systemRandom(32) });
    const rows = new OutboxRows(database);
    const planned = {
      id: 1,
      contact: CONTACT,
      device: 0,
      contentId: systemRandom(16),
      kind: KIND.text,
      expires: START_MS / 1000 + 86_400,
      payload: { sentAt: START_MS },
    };
    database.transaction(() => rows.addSealed(planned, 1, systemRandom(64), planned.expires, 0));
    const attemptsMs: number[] = [];
    const faults: unknown[] = [];
    const contact = { id: CONTACT, route: {} };
    const outbox = new Outbox({
      timers,
      random: systemRandom,
      database,
      rows,
      contacts: { byId: () => contact },
      profile: { current: { home: null } },
      transmission: {
        attempt: () => {
          attemptsMs.push(timers.now() - START_MS);
          return attemptsMs.length === 1
            ? Promise.reject(new StoreError('disk-full', 'The disk is full.'))
            : Promise.resolve({ result: 'stored', later: null });
        },
      },
      outcomes: { expire: () => undefined, arrived: () => rows.markStored(1, START_MS + 86_400_000, '') },
      onProgress: () => undefined,
      onFault: (error: unknown) => faults.push(error),
    } as unknown as OutboxParts);
    outbox.start();
    await timers.pass(4000);
    expect([attemptsMs.length, faults.length]).toEqual([1, 1]);
    await timers.pass(10_000);
    expect(attemptsMs).toHaveLength(2);
    outbox.close();
  });
});
