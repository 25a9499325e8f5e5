import { DEFAULT_LIMITS, type Limits } from '../limits.ts';

/** What the machine has once, however many workers share it. */
const OF_ALL = [
  'halfOpen',
  'links',
  'pendingSends',
  'pendingBytes',
  'tunnels',
] as const satisfies readonly (keyof Limits)[];

/** Of one address: the system spreads its connections over the workers, more or less evenly. */
const OF_AN_ADDRESS = ['halfOpenPerAddress'] as const satisfies readonly (keyof Limits)[];

/** Twice its share, for the system deals out by chance: who has all of it at one worker is not turned away there. */
const UNEVEN = 2;

/**
 * One worker's part of the limits of the whole node (OPS-46): all together the workers allow what one process does. What holds for a
 * link or a device stays as it is, for a link is at one worker.
 */
export function dividedLimits(limits: Partial<Limits>, workers: number): Partial<Limits> {
  const divided: Record<string, number> = {};
  for (const name of OF_ALL) divided[name] = Math.ceil((limits[name] ?? DEFAULT_LIMITS[name]) / workers);
  for (const name of OF_AN_ADDRESS) {
    const whole = limits[name] ?? DEFAULT_LIMITS[name];
    divided[name] = Math.min(whole, Math.ceil((UNEVEN * whole) / workers));
  }
  return { ...limits, ...divided };
}
