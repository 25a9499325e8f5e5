import { describe, expect, it } from 'vitest';
import type { Database } from '../store/database.ts';
import { StoreError } from '../ports.ts';
import type { Timers } from '../timers.ts';
import { HoldTimer } from './hold-timer.ts';
import type { Ordering } from './ordering.ts';

describe('hold timer', () => {
  it('ENG-7: while the own disk is full it looks again after a pause, not without end', () => {
    let full = true;
    const waits: { ms: number; run: () => void }[] = [];
    const tried: number[] = [];
    const timer = new HoldTimer(
      { afterCommit: (effect: () => void) => effect() } as Database,
      {
        deadline: () => (full || tried.length === 0 ? 5 : null),
        expire: (nowMs: number) => {
          tried.push(nowMs);
          if (full) throw new StoreError('disk-full', 'The disk is full.');
        },
      } as Ordering,
      { now: () => 10, after: (ms: number, run: () => void) => (waits.push({ ms, run }), () => undefined) } as Timers,
    );
    timer.start();
    expect(waits.map(({ ms }) => ms)).toEqual([0]);
    expect(() => waits[0]?.run()).toThrow('The disk is full.');
    expect(waits).toHaveLength(2);
    expect(waits[1]?.ms).toBeGreaterThanOrEqual(1000);
    full = false;
    waits[1]?.run();
    expect(tried).toHaveLength(2);
    expect(waits).toHaveLength(2);
  });
});
