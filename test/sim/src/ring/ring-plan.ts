import type { RandomSource } from '../random-source.ts';
import type { DiskFaults } from './ring-disk.ts';
import type { LineFaults } from './ring-network.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Shorter than those of a real ring; a lease is three renewals here as there. */
export const EPOCH_MS = 40 * SECOND;
export const LEASE_MS = 16 * MINUTE;
export const RENEWAL_MS = 5 * MINUTE;

/** How a node lies. The worst does all of it. */
interface Lies {
  /** Signs receipts for what it throws away. */
  readonly fakeReceipts: boolean;
  /** Delivers and copies only what it likes. */
  readonly withholds: boolean;
  /** Answers with the view of long ago. */
  readonly replaysViews: boolean;
}

/** What will happen in one run. */
export interface RingPlan {
  /** At the beginning; never fewer than three homes are left. */
  readonly nodes: number;
  readonly operators: number;
  /** Each node's weight is at most this. */
  readonly weight: number;
  readonly mailboxes: number;
  readonly senders: number;
  readonly messages: number;
  /** The part of them that have an end within the run. */
  readonly shortLived: number;
  /** The part of them that is stored again some time after its sender was told that it is kept. */
  readonly repeated: number;
  readonly spanMs: number;
  readonly lines: LineFaults;
  readonly disk: DiskFaults;
  /** Clocks are off by at most this; each life of a node draws anew when they move. */
  readonly skewMs: number;
  readonly clocksMove: boolean;
  /** How many times each happens. */
  readonly crashes: number;
  readonly powerCuts: number;
  /** Of all nodes, at a moment after a sender was told that something is kept. */
  readonly cutsAfterStored: number;
  readonly outages: number;
  readonly joins: number;
  readonly leaves: number;
  readonly diskDeaths: number;
  readonly fullDisks: number;
  readonly flips: number;
  readonly partitions: number;
  /** The part of partitions that last longer than a lease. */
  readonly longPartitions: number;
  /** How often a recipient is away, and how long at most. */
  readonly absences: number;
  readonly absenceMs: number;
  readonly liars: number;
  readonly lies: Lies;
  /** Of the nodes that join some lie as well. */
  readonly lyingJoiners: boolean;
}

/** Bad, but not always: each is often 0, so that faults are met alone as well as together. */
const rate = (random: RandomSource, most: number): number => (random.chance(0.5) ? 0 : random.next() * most);
const times = (random: RandomSource, most: number): number => (random.chance(0.4) ? 0 : random.between(1, most));

/** What one seed draws. */
export function drawPlan(random: RandomSource): RingPlan {
  const nodes = random.chance(0.01) ? random.between(12, 30) : random.pick([3, 3, 3, 4, 4, 4, 5, 5, 6, 6, 7, 10]);
  const skewMs = random.pick([0, 0, 10 * SECOND, EPOCH_MS, 3 * EPOCH_MS]);
  return {
    nodes,
    operators: random.pick([1, 2, 3, nodes]),
    weight: random.pick([1, 1, 3]),
    mailboxes: random.between(1, 4),
    senders: random.between(1, 3),
    messages: random.between(5, 40),
    shortLived: random.pick([0, 0, 0.2]),
    repeated: random.pick([0, 0.3]),
    spanMs: random.between(4, 28) * MINUTE,
    lines: {
      minDelayMs: 1,
      maxDelayMs: random.pick([20, 100, 400, 2000]),
      loss: rate(random, 0.2),
      stall: rate(random, 0.05),
      maxStallMs: random.pick([10 * SECOND, 2 * MINUTE]),
    },
    disk: { minSyncMs: 1, maxSyncMs: random.pick([5, 50, 1000]) },
    skewMs,
    clocksMove: skewMs > 0 && random.chance(0.4),
    crashes: times(random, 8),
    powerCuts: times(random, 4),
    cutsAfterStored: times(random, 3),
    outages: times(random, 2),
    joins: times(random, 3),
    leaves: times(random, 3),
    diskDeaths: times(random, 4),
    fullDisks: times(random, 2),
    flips: times(random, 6),
    partitions: times(random, 3),
    longPartitions: random.pick([0, 0, 0.5]),
    absences: times(random, 4),
    absenceMs: random.pick([3 * MINUTE, 30 * MINUTE]),
    liars: random.chance(0.65) ? 0 : nodes >= 9 ? random.between(1, 3) : 1,
    lies: { fakeReceipts: random.chance(0.7), withholds: random.chance(0.7), replaysViews: random.chance(0.5) },
    lyingJoiners: random.chance(0.3),
  };
}
