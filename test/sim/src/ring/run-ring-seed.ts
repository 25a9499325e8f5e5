import { createHash } from 'node:crypto';
import type { Violation } from '../history-checker.ts';
import { checkRing } from './check-ring.ts';
import type { RingBug } from './ring-bug.ts';
import type { RingEvent } from './ring-history.ts';
import { RingWorld } from './ring-world.ts';

export interface RingResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly events: readonly RingEvent[];
}

/** Runs one seed, from the plan to the checker's word. @param onEvent sees everything as it happens */
export function runRingSeed(
  seed: number,
  bug: RingBug | null = null,
  onEvent: (atMs: number, event: RingEvent) => void = () => undefined,
): RingResult {
  const events: RingEvent[] = [];
  const world = new RingWorld(seed, bug, (atMs, event) => {
    events.push(event);
    onEvent(atMs, event);
  });
  try {
    world.run();
  } catch (error) {
    events.push({
      type: 'fault',
      by: 'simulation',
      text: error instanceof Error ? (error.stack ?? '') : String(error),
    });
  }
  return { seed, events, violations: checkRing(events) };
}

/** The same for two runs in which the same was seen in the same order. */
export const digestOf = (events: readonly RingEvent[]): string =>
  createHash('sha256').update(JSON.stringify(events)).digest('hex');
