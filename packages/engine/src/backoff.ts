/** How long to wait before the next attempt: doubling, with jitter, so that many do not come back together. */
import type { Random } from './ports.ts';

/** A number from 0 to just under 1. */
function fraction(random: Random): number {
  const bytes = random(4);
  return (((bytes[0] ?? 0) * 256 + (bytes[1] ?? 0)) * 256 + (bytes[2] ?? 0)) / 2 ** 24;
}

/** From `min` to just under `max`. */
export const between = (random: Random, min: number, max: number): number =>
  Math.floor(min + fraction(random) * (max - min));

/** 1 s, 2 s, 4 s … up to `maxMs`, each between half and the whole. @param failures 1 or more */
export function backoffMs(random: Random, failures: number, maxMs: number): number {
  const whole = Math.min(maxMs, 1000 * 2 ** Math.min(20, failures - 1));
  return between(random, whole / 2, whole);
}
