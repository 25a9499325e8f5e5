import type { Clock } from '@sotto/protocol/link';
import type { PeerLink } from '../peer-link.ts';

/** What one look at a partition that was not looked at just now may cost, and one that was; of a whole page more. */
export const LISTING_MS = 16;
export const LISTED_MS = 1;
export const PAGE_MS = 64;
/** So much at once. */
const BURST_MS = 4000;
/** Longer nobody waits for an answer. */
const LONGEST_MS = 5000;

/**
 * How fast this node answers another one that compares: each costs reading, however short the question, so about 60 looks
 * a second are given to one node, over whatever link; the others wait for their turn (RING-33).
 */
export class ComparePace {
  readonly #clock: Clock;
  readonly #busyUntilMs = new WeakMap<PeerLink, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns ms to wait; null: too much is asked */
  wait(from: PeerLink, costMs: number): number | null {
    const nowMs = this.#clock.now();
    const busyUntilMs = Math.max(this.#busyUntilMs.get(from) ?? 0, nowMs - BURST_MS) + costMs;
    if (busyUntilMs - nowMs > LONGEST_MS) return null;
    this.#busyUntilMs.set(from, busyUntilMs);
    return Math.max(0, busyUntilMs - nowMs);
  }
}
