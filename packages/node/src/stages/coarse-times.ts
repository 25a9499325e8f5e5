/**
 * Durations as they leave the process: rounded up to one of these, seconds, each four times the one before. Coarse, so
 * that nobody can tell one message by them (TM-103).
 */
export const BOUNDS_SECONDS = [0.000_25, 0.001, 0.004, 0.016, 0.064, 0.256, 1, 4, 16, 64] as const;

/** @returns the place of its bound; BOUNDS_SECONDS.length: longer than all */
export function boundOf(ms: number): number {
  const at = BOUNDS_SECONDS.findIndex((seconds) => ms <= seconds * 1000);
  return at < 0 ? BOUNDS_SECONDS.length : at;
}
