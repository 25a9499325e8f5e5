import { DEFAULT_LIMITS, DEFAULT_STORE_LIMITS, type Limits } from '@sotto/node';
import type { DiskFaults } from './node-disk.ts';
import type { RandomSource } from './random-source.ts';
import type { NetworkFaults } from './virtual-network.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** What will happen in one run. */
export interface Plan {
  /** Of both people together. */
  readonly messages: number;
  /** The part of them that the first person sends. */
  readonly share: number;
  /** How long people write, and faults happen. */
  readonly spanMs: number;
  /** Messages that come at once, at most. */
  readonly burst: number;
  /** The second person adds the first, or waits for a request. */
  readonly waits: boolean;
  /** Faults begin before anybody has keys at the node. */
  readonly early: boolean;
  readonly network: NetworkFaults;
  readonly disk: DiskFaults;
  /** How many times each happens. */
  readonly nodeKills: number;
  readonly nodeDrains: number;
  readonly kills: number;
  readonly commitKills: number;
  readonly closes: number;
  readonly cuts: number;
  readonly isolations: number;
  readonly nodeDiskFull: number;
  readonly clientDiskFull: number;
  /** How long a killed or closed process stays away, at most. */
  readonly awayMs: number;
  /** Clocks are off by at most this; each life draws anew when `moves`. */
  readonly skewMs: number;
  readonly clocksMove: boolean;
  readonly limits: Partial<Limits>;
  /** Envelopes that the node keeps for one device. */
  readonly quota: number;
  /** How many devices each person adds to the first one. */
  readonly devices: readonly [number, number];
  readonly revocations: number;
  /** Backups that are put onto a new machine some time after they were made. */
  readonly backups: number;
  /** Days for which everything is switched off before people write again, one after the other. */
  readonly nights: readonly number[];
  /** Edits, reactions, deletions; and how often a conversation gets a time after which its messages disappear. */
  readonly changes: number;
  readonly timers: number;
  /** Sessions deleted, older sessions put back, older disks put back. */
  readonly sessionLosses: number;
  readonly sessionRollbacks: number;
  readonly diskRollbacks: number;
  /** Everything must be there this long after the last fault; far less than the day after which a sender repeats. */
  readonly calmMs: number;
  /** When all is well everybody writes once more: who was away, or lost its disk, learns from it what it misses. */
  readonly lastWords: boolean;
}

export type Draw = (random: RandomSource) => Plan;

/** Bad, but not always: each rate is often 0, so that faults are met alone as well as together. */
const rate = (random: RandomSource, most: number): number => (random.chance(0.4) ? 0 : random.next() * most);

const times = (random: RandomSource, most: number): number => (random.chance(0.3) ? 0 : random.between(1, most));

function drawLimits(random: RandomSource): Partial<Limits> {
  return {
    deliveryFrames: random.pick([1, 2, 5, DEFAULT_LIMITS.deliveryFrames]),
    deliveryBytes: random.pick([5000, DEFAULT_LIMITS.deliveryBytes]),
    commitItems: random.pick([1, 3, DEFAULT_LIMITS.commitItems]),
    windowFrames: random.pick([4, DEFAULT_LIMITS.windowFrames]),
    highWaterBytes: random.pick([16_384, DEFAULT_LIMITS.highWaterBytes]),
    lowWaterBytes: 8192,
  };
}

const drawNetwork = (random: RandomSource, worst: number): NetworkFaults => ({
  minDelayMs: 1,
  maxDelayMs: random.pick([5, 50, 400, 2000]),
  stall: rate(random, 0.05 * worst),
  maxStallMs: random.pick([2 * SECOND, 40 * SECOND]),
  drop: rate(random, 0.05 * worst),
  duplicate: rate(random, 0.05 * worst),
  reorder: rate(random, 0.1 * worst),
  cut: rate(random, 0.1 * worst),
  cutBehind: rate(random, 0.2 * worst),
  unreachable: rate(random, 0.5 * worst),
});

const drawDisk = (random: RandomSource, fail: number): DiskFaults => ({
  minSyncMs: 1,
  maxSyncMs: random.pick([5, 50, 1000]),
  fail,
});

function quiet(random: RandomSource): Plan {
  return {
    messages: random.between(4, 40),
    share: random.next(),
    spanMs: random.between(20 * SECOND, 6 * MINUTE),
    burst: random.pick([1, 3, 12]),
    waits: random.chance(0.3),
    early: false,
    network: drawNetwork(random, 0.1),
    disk: drawDisk(random, 0),
    nodeKills: 0,
    nodeDrains: 0,
    kills: 0,
    commitKills: 0,
    closes: 0,
    cuts: 0,
    isolations: 0,
    nodeDiskFull: 0,
    clientDiskFull: 0,
    awayMs: random.pick([SECOND, 30 * SECOND, 2 * MINUTE]),
    skewMs: 0,
    clocksMove: false,
    limits: {},
    quota: DEFAULT_STORE_LIMITS.contactEnvelopes,
    devices: [0, 0],
    revocations: 0,
    backups: 0,
    nights: [],
    changes: 0,
    timers: 0,
    sessionLosses: 0,
    sessionRollbacks: 0,
    diskRollbacks: 0,
    calmMs: 5 * MINUTE,
    lastWords: false,
  };
}

const several = (random: RandomSource): Pick<Plan, 'devices' | 'messages' | 'burst' | 'lastWords' | 'calmMs'> => ({
  devices: [random.between(1, 3), random.between(1, 3)],
  messages: random.between(4, 20),
  burst: random.pick([1, 3]),
  lastWords: true,
  calmMs: 20 * MINUTE,
});

/** What can go wrong, by name. Each seed draws how often. */
export const SCENARIOS = {
  /** An ordinary day: a connection breaks now and then. */
  steady: (random) => ({ ...quiet(random), cuts: times(random, 3), closes: times(random, 2) }),
  /** Bad lines: connections break all the time, and somebody on the way interferes with what goes over them. */
  lines: (random) => ({
    ...quiet(random),
    early: random.chance(0.3),
    network: drawNetwork(random, 1),
    cuts: times(random, 10),
    isolations: times(random, 3),
    limits: drawLimits(random),
  }),
  /** Everything at once. */
  storm: (random) => ({
    ...quiet(random),
    early: random.chance(0.5),
    network: drawNetwork(random, 1),
    disk: drawDisk(random, rate(random, 0.05)),
    nodeKills: times(random, 6),
    nodeDrains: times(random, 2),
    kills: times(random, 6),
    commitKills: times(random, 10),
    closes: times(random, 2),
    cuts: times(random, 5),
    isolations: times(random, 3),
    nodeDiskFull: times(random, 2),
    clientDiskFull: times(random, 2),
    skewMs: random.pick([0, MINUTE]),
    limits: drawLimits(random),
    quota: random.pick([3, DEFAULT_STORE_LIMITS.contactEnvelopes]),
  }),
  /** Processes die, again and again; the network is good. */
  crashes: (random) => ({
    ...quiet(random),
    early: random.chance(0.3),
    nodeKills: times(random, 12),
    kills: times(random, 12),
    commitKills: random.between(3, 25),
    nodeDrains: times(random, 3),
    closes: times(random, 3),
  }),
  /** People are away for hours and days; what nobody confirmed is stored again after a day. */
  offline: (random) => ({
    ...quiet(random),
    spanMs: random.between(20 * HOUR, 45 * HOUR),
    awayMs: 40 * HOUR,
    kills: random.between(1, 3),
    closes: random.between(1, 3),
    nodeKills: times(random, 2),
    cuts: times(random, 3),
    limits: drawLimits(random),
    quota: random.pick([3, DEFAULT_STORE_LIMITS.contactEnvelopes]),
  }),
  /** Disks are full, fail, and fill up again; processes die meanwhile. */
  'disk-full': (random) => ({
    ...quiet(random),
    early: random.chance(0.4),
    network: drawNetwork(random, 0.4),
    disk: drawDisk(random, rate(random, 0.15)),
    nodeDiskFull: random.between(1, 6),
    clientDiskFull: random.between(1, 8),
    nodeKills: times(random, 3),
    kills: times(random, 4),
    cuts: times(random, 4),
  }),
  /** Clocks disagree, and change while a program is not running. */
  skew: (random) => ({
    ...quiet(random),
    skewMs: random.pick([MINUTE, 4 * MINUTE]),
    clocksMove: random.chance(0.5),
    kills: random.between(1, 6),
    nodeKills: times(random, 3),
    cuts: times(random, 4),
  }),
  /** Messages are edited, taken back and reacted to, and disappear, on bad lines and with programs that die. */
  changes: (random) => ({
    ...quiet(random),
    network: drawNetwork(random, random.pick([0.1, 0.5])),
    messages: random.between(3, 20),
    changes: random.between(5, 40),
    timers: times(random, 3),
    kills: times(random, 4),
    commitKills: times(random, 8),
    cuts: times(random, 4),
    isolations: times(random, 2),
    nodeKills: times(random, 2),
  }),
  /** Two to four devices a side, added at any time, on changeable lines and with programs that die. */
  devices: (random) => ({
    ...quiet(random),
    ...several(random),
    network: drawNetwork(random, random.pick([0, 0.1, 0.4])),
    changes: times(random, 10),
    kills: times(random, 3),
    commitKills: times(random, 4),
    closes: times(random, 2),
    cuts: times(random, 3),
  }),
  /** Devices are revoked in the middle of it all. */
  revoked: (random) => ({
    ...quiet(random),
    ...several(random),
    kills: times(random, 2),
    cuts: times(random, 2),
    revocations: random.between(1, 3),
  }),
  /** Two people with two devices each: sessions are lost, programs die, and a backup is put onto a new machine. */
  restored: (random) => ({
    ...quiet(random),
    ...several(random),
    devices: [1, 1],
    kills: times(random, 3),
    commitKills: times(random, 3),
    closes: times(random, 2),
    cuts: times(random, 3),
    sessionLosses: times(random, 2),
    backups: random.between(1, 2),
  }),
  /** Devices are switched off for weeks, some longer than anything waits for them. */
  weeks: (random) => ({
    ...quiet(random),
    ...several(random),
    spanMs: random.between(20 * SECOND, 2 * MINUTE),
    messages: random.between(3, 12),
    changes: times(random, 4),
    nights: Array.from({ length: random.between(1, 3) }, () => random.pick([1, 6, 13, 15, 29, 31, 45])),
  }),
  /** Sessions vanish or turn into older ones, on either side. */
  'session-loss': (random) => ({
    ...quiet(random),
    network: drawNetwork(random, random.pick([0, 0.3])),
    kills: times(random, 3),
    cuts: times(random, 3),
    sessionLosses: random.between(0, 3),
    sessionRollbacks: random.between(1, 3),
    calmMs: 20 * MINUTE,
  }),
  /** An older copy of a disk is put in place of the newest. */
  rollback: (random) => ({
    ...quiet(random),
    network: drawNetwork(random, random.pick([0, 0.3])),
    kills: times(random, 2),
    closes: times(random, 2),
    cuts: times(random, 2),
    diskRollbacks: random.between(1, 3),
    // A receipt that was given before the disk went back is asked for after a day.
    calmMs: 50 * HOUR,
    lastWords: true,
  }),
} as const satisfies Record<string, Draw>;

export type ScenarioName = keyof typeof SCENARIOS;

export const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];

/** A few seconds each: several devices, each with keys of its own. */
const SLOW: readonly ScenarioName[] = ['devices', 'revoked', 'restored'];

/** What the programs are still being taught: run by name only. */
const LEARNING: readonly ScenarioName[] = ['weeks'];

/** What every seed must survive. */
export const LEARNT = SCENARIO_NAMES.filter((name) => !LEARNING.includes(name));

export const QUICK = LEARNT.filter((name) => !SLOW.includes(name));
