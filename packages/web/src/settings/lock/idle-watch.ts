/** When a profile locks by itself: after so long without use in any tab of this browser. Time comes from outside. */

/** The next look at the clock: at the earliest moment at which it can be time. */
export type IdleStep = { readonly lock: true } | { readonly lock: false; readonly waitMs: number };

/** Timers of sleeping machines stop; after that the clock is looked at within this time. */
const MAX_WAIT_MS = 30_000;

/** @param lastUseMs the latest use in any tab @param limitMs 0: never */
export function idleStep(lastUseMs: number, limitMs: number, nowMs: number): IdleStep {
  if (limitMs <= 0) return { lock: false, waitMs: MAX_WAIT_MS };
  // A clock that was put back is no use, and no idling either.
  const idleMs = Math.max(0, nowMs - lastUseMs);
  return idleMs >= limitMs ? { lock: true } : { lock: false, waitMs: Math.min(limitMs - idleMs, MAX_WAIT_MS) };
}

/** The later of what this tab knows and what another one wrote; nonsense and the future count for nothing. */
export function latestUse(own: number, written: string | null, nowMs: number): number {
  const other = written === null || !/^\d{1,16}$/.test(written) ? 0 : Number(written);
  return Math.max(own, other > nowMs ? 0 : other);
}

/** Whether the time was over before a tab was opened: a new tab is no use of the profile. @param written as in latestUse() */
export function isOverdue(written: string | null, limitMs: number, nowMs: number): boolean {
  const last = latestUse(0, written, nowMs);
  return last > 0 && idleStep(last, limitMs, nowMs).lock;
}
