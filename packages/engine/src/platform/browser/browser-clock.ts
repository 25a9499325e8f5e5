import type { Clock } from '../../ports.ts';

/** The longest a timer of a browser can sleep. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The machine's wall clock and the worker's timers. */
export const browserClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, ms), MAX_TIMER_MS));
    return () => clearTimeout(timer);
  },
};
