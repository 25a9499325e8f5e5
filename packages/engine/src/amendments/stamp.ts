/**
 * Which of several changes to the same thing counts: the latest by (time, content id), whatever came first (ENG-32). Both
 * stand in the content: all who have the same contents agree, whenever each of them came, and whatever clocks they have.
 */
import { toHex } from '../store/hex.ts';

/** Later times count as this one: what follows it can be written down. ms since 1970, in the year 10889. */
const LATEST_MS = 2 ** 48;
/** A timer that is dated further ahead is nobody's to follow: a fault, or hostile. */
const MAX_AHEAD_MS = 366 * 86_400_000;

/** When a change was made. */
export interface Stamp {
  /** ms since 1970, to be shown: the sender's time, not after it came. */
  readonly at: number;
  /** As the sender said: this decides. */
  readonly sentAt: number;
  /** Content id. */
  readonly id: Uint8Array;
}

export const stampOf = (id: Uint8Array, sentAt: number, nowMs: number): Stamp => ({
  at: Math.min(sentAt, nowMs),
  sentAt: Math.min(sentAt, LATEST_MS),
  id,
});

/** A total order, so it does not matter in which order changes come. */
export function isLater(a: Stamp, b: Stamp | undefined): boolean {
  if (b === undefined || a.sentAt !== b.sentAt) return b === undefined || a.sentAt > b.sentAt;
  return toHex(a.id) > toHex(b.id);
}

/** The time to write on an own change, so that it is later than the one it replaces, whatever that is dated. */
export function timeAfter(nowMs: number, before: Stamp | undefined): number {
  return before === undefined || before.sentAt < nowMs ? nowMs : Math.min(before.sentAt + 1, LATEST_MS);
}

/** Where both sides change the same thing: neither is the latest for ever. */
export const canBeFollowed = ({ sentAt }: Stamp, nowMs: number): boolean => sentAt <= nowMs + MAX_AHEAD_MS;
