/** How long a descriptor holds, at most (RING-3). */
export const LEASE_MS = 24 * 3_600_000;
/** How often it is renewed. */
export const RENEWAL_MS = 8 * 3_600_000;
/** What a node says now takes effect at the beginning of the epoch this many ahead. */
export const EPOCHS_AHEAD = 2;
/** Epochs are of this length unless a network's founder chose another, for tests above all. */
export { EPOCH_SECONDS } from '../mailbox/index.ts';

/** Number of the epoch at a time. @param nowMs ms since 1970 */
export function epochAt(nowMs: number, epochSeconds: number): number {
  return Math.floor(nowMs / (epochSeconds * 1000));
}

/** When an epoch begins, ms since 1970. */
export function epochStart(epoch: number, epochSeconds: number): number {
  return epoch * epochSeconds * 1000;
}

/**
 * Lease of a descriptor signed now: from the beginning of the epoch two ahead; of the founder of a network in which
 * nobody else is, from the beginning of this one.
 */
export function leaseAt(nowMs: number, epochSeconds: number, founding: boolean): { from: number; until: number } {
  const from = epochStart(epochAt(nowMs, epochSeconds) + (founding ? 0 : EPOCHS_AHEAD), epochSeconds);
  return { from, until: from + LEASE_MS };
}
