import type { Move } from './figures.ts';

/** Bytes waiting for one user: 20 envelopes of 4 kB. */
export const BYTES_OF_USER = 20 * 4096;
/** What a node sends to repair, and receives, at most. */
export const NODE_BYTES_PER_SECOND = 1_000_000;

export interface RepairPoint {
  readonly seconds: number;
  /** Of all copies that were to be made: how many are not there yet. */
  readonly openShare: number;
}

/**
 * The copies that a change of the ring asks for, made one after the other by each pair of nodes, within each node's
 * byte credits: how the number of missing copies falls.
 */
export function repairCourse(moves: readonly Move[], users: Uint32Array): RepairPoint[] {
  const open = moves
    .filter(({ from }) => from.length > 0)
    .map(({ partition, to, from }) => ({ from, to, bytes: users[partition]! * BYTES_OF_USER }));
  const total = open.length;
  const points: RepairPoint[] = [{ seconds: 0, openShare: 1 }];
  let left = open;
  for (let seconds = 1; left.length > 0 && seconds < 86_400; seconds++) {
    const credit = new Map<string, number>();
    const creditOf = (key: string): number => credit.get(key) ?? NODE_BYTES_PER_SECOND;
    const next: typeof left = [];
    for (const copy of left) {
      // Whoever has it and most credit sends.
      const sender = copy.from.reduce((best, key) => (creditOf(key) > creditOf(best) ? key : best), copy.from[0]!);
      const now = Math.min(copy.bytes, creditOf(sender), creditOf(copy.to));
      credit.set(sender, creditOf(sender) - now);
      credit.set(copy.to, creditOf(copy.to) - now);
      if (copy.bytes > now) next.push({ ...copy, bytes: copy.bytes - now });
    }
    left = next;
    points.push({ seconds, openShare: left.length / total });
  }
  return points;
}
