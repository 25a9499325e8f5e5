/** Which of several changes to the same thing counts: the latest by (time, content id), whatever came first (ENG-21). */
import { toHex } from '../store/hex.ts';

/** How far ahead of our clock a sender's time may count: clocks differ, and nobody may be the latest for ever. */
const MAX_AHEAD_MS = 5 * 60_000;
/** A change follows the one it replaces, also when that was made by a clock ahead of ours by at most so much. */
const MAX_FOLLOWED_MS = 24 * 3_600_000;

/** When a change was made, as far as that counts. */
export interface Stamp {
  /** ms since 1970: the sender's time, held down to our clock. */
  readonly at: number;
  /** As the sender said. */
  readonly sentAt: number;
  /** Content id. */
  readonly id: Uint8Array;
}

export const stampOf = (id: Uint8Array, sentAt: number, nowMs: number): Stamp => ({
  at: Math.min(sentAt, nowMs + MAX_AHEAD_MS),
  sentAt,
  id,
});

/** A total order, so it does not matter in which order changes come. */
export function isLater(a: Stamp, b: Stamp | undefined): boolean {
  if (b === undefined || a.at !== b.at) return b === undefined || a.at > b.at;
  if (a.sentAt !== b.sentAt) return a.sentAt > b.sentAt;
  return toHex(a.id) > toHex(b.id);
}

/** The time to write on an own change, so that it is later than the one it replaces. */
export function timeAfter(nowMs: number, before: Stamp | undefined): number {
  if (before === undefined || before.sentAt < nowMs || before.sentAt - nowMs > MAX_FOLLOWED_MS) return nowMs;
  return before.sentAt + 1;
}
