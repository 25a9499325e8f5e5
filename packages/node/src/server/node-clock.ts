import type { Clock } from '@sotto/protocol/link';

/** The machine's wall clock and timers. */
export const nodeClock: Clock = {
  // oxlint-disable-next-line no-restricted-properties -- this is the clock that everybody else is given
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.max(0, ms));
    return () => clearTimeout(timer);
  },
};
