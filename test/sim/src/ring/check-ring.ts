import type { Violation } from '../history-checker.ts';
import type { RingEvent } from './ring-history.ts';

interface Fate {
  readonly expiresMs: number;
  stored: boolean;
  shown: boolean;
  /** Nothing is promised of it. */
  beyond: boolean;
}

/**
 * Whether the history of a ring keeps what Sotto promises, by the rules of docs/simulation.md. A pure function.
 * @returns what is wrong, in the order in which it showed; empty: all is well
 */
export function checkRing(events: readonly RingEvent[]): Violation[] {
  const found: Violation[] = [];
  const fates = new Map<string, Fate>();
  /** node and id: taken off that disk. */
  const removed = new Set<string>();
  events.forEach((event, at) => {
    const say = (rule: Violation['rule'], text: string): void => void found.push({ rule, at, text });
    switch (event.type) {
      case 'tried':
        fates.set(event.id, { expiresMs: event.expiresMs, stored: false, shown: false, beyond: false });
        return;
      case 'stored': {
        const fate = fates.get(event.id);
        if (fate !== undefined) fate.stored = true;
        if (event.copies < event.promised) {
          say('HIST-6 not on the disk', `${event.id} is on ${event.copies} disks of ${event.promised}`);
        }
        return;
      }
      case 'beyond': {
        const fate = fates.get(event.id);
        if (fate !== undefined) fate.beyond = true;
        return;
      }
      case 'shown': {
        const fate = fates.get(event.id);
        if (fate === undefined) return say('HIST-1 not sent', `${event.id} was shown to ${event.by}`);
        if (fate.shown) say('HIST-2 shown twice', `${event.id} to ${event.by}`);
        fate.shown = true;
        return;
      }
      case 'confirmed':
        if (fates.get(event.id)?.shown !== true) say('HIST-8 acknowledged, not kept', `${event.id} by ${event.by}`);
        return;
      case 'removed':
        removed.add(`${event.node} ${event.id}`);
        return;
      case 'kept':
        if (removed.has(`${event.node} ${event.id}`)) say('HIST-7 came back', `${event.id} at ${event.node}`);
        return;
      case 'disk-died':
        for (const key of removed) if (key.startsWith(`${event.node} `)) removed.delete(key);
        return;
      case 'settled':
        for (const { node, text } of event.missing) say('HIST-12 left over', `${node}: ${text}`);
        return;
      case 'end':
        for (const [id, fate] of fates) {
          if (fate.shown || fate.beyond || fate.expiresMs <= event.nowMs) continue;
          if (fate.stored) say('HIST-10 acknowledged, not shown', id);
          else say('HIST-11 not delivered', id);
        }
        for (const { node, id } of event.left) say('HIST-12 left over', `${id} at ${node}`);
        return;
      case 'fault':
        return say('HIST-13 internal fault', `${event.by}: ${event.text}`);
      default:
        return;
    }
  });
  return found;
}
