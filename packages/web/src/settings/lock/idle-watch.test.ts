import { describe, expect, it } from 'vitest';
import { idleStep, isOverdue, latestUse } from './idle-watch.ts';

const MINUTE = 60_000;

describe('MEET-6: locking by itself', () => {
  it('locks when no tab was used for so long, not a moment before', () => {
    expect(idleStep(0, 5 * MINUTE, 5 * MINUTE)).toEqual({ lock: true });
    expect(idleStep(0, 5 * MINUTE, 5 * MINUTE - 1)).toEqual({ lock: false, waitMs: 1 });
    expect(idleStep(0, 5 * MINUTE, 60 * MINUTE)).toEqual({ lock: true });
  });

  it('looks at the clock often enough after a machine slept', () => {
    expect(idleStep(0, 60 * MINUTE, 1)).toEqual({ lock: false, waitMs: 30_000 });
  });

  it('never locks when it shall not, or when the clock was put back', () => {
    expect(idleStep(0, 0, 1e12)).toMatchObject({ lock: false });
    expect(idleStep(100 * MINUTE, 5 * MINUTE, 0)).toMatchObject({ lock: false });
  });

  it('takes the latest use of all tabs', () => {
    expect(latestUse(1000, '2000', 3000)).toBe(2000);
    expect(latestUse(2000, '1000', 3000)).toBe(2000);
    for (const written of [null, '', '-1', 'soon', '4000', '9'.repeat(30)]) {
      expect(latestUse(1000, written, 3000), String(written)).toBe(1000);
    }
  });

  it('is not put off by a tab that is opened when the time is over, as after a sleep of the machine', () => {
    expect(isOverdue(String(MINUTE), 5 * MINUTE, 6 * MINUTE)).toBe(true);
    expect(isOverdue(String(MINUTE), 5 * MINUTE, 6 * MINUTE - 1)).toBe(false);
    expect(isOverdue(String(MINUTE), 0, 60 * MINUTE)).toBe(false);
    for (const written of [null, '', 'soon', String(61 * MINUTE)])
      expect(isOverdue(written, MINUTE, 60 * MINUTE)).toBe(false);
  });
});
