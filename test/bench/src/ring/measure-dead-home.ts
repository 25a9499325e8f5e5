import { RingCrowd } from './ring-crowd.ts';
import { RingOfProcesses } from './ring-of-processes.ts';

const NODES = 5;
const PEOPLE = 40;
/** Forty ms each way: what another node's city or country is away. */
const ROUND_TRIP_MS = 80;
const WARM = { perSecond: 300, seconds: 10, everyMs: 1 };
/** So much that the processors are not what is waited for. */
const LOAD = { perSecond: 150, seconds: 8, everyMs: 1 };
const TURNS = 3;
/** From the death of a node, or its return, to the measurement. */
const SETTLE_MS = 3_000;

/** When messages were stored, in ms from when they were due. */
export interface StoredTimes {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly messages: number;
}

export interface DeadHome {
  readonly nodes: number;
  /** A question and its answer over such a line while the load runs. */
  readonly roundTripMs: { readonly p50Ms: number; readonly p99Ms: number };
  /** In turns: all nodes there, then one of them dead. */
  readonly healthy: readonly StoredTimes[];
  readonly oneDead: readonly StoredTimes[];
}

/** What a dead home costs those who send, where a round trip is long enough to be seen. */
export async function measureDeadHome(): Promise<DeadHome> {
  const plans = Array.from({ length: NODES }, () => ({ args: ['--log-level', 'error'] }));
  const ring = await RingOfProcesses.start(plans, ROUND_TRIP_MS);
  const crowd = new RingCrowd(ring.places, PEOPLE);
  try {
    await crowd.open();
    await crowd.run(WARM);
    const healthy: StoredTimes[] = [];
    const oneDead: StoredTimes[] = [];
    const roundTrips: number[] = [];
    for (let turn = 0; turn < TURNS; turn++) {
      const [times, trips] = await Promise.all([measured(crowd), crowd.roundTrips(LOAD.seconds)]);
      healthy.push(times);
      roundTrips.push(...trips);
      // Another one in each turn, and never the one whose line is timed.
      const dead = ring.nodes[1 + (turn % (NODES - 1))]!;
      await dead.kill();
      await pause(SETTLE_MS);
      oneDead.push(await measured(crowd));
      await dead.start();
      await pause(SETTLE_MS);
    }
    return { nodes: NODES, roundTripMs: { p50Ms: at(roundTrips, 0.5), p99Ms: at(roundTrips, 0.99) }, healthy, oneDead };
  } finally {
    crowd.close();
    await ring.stop();
  }
}

async function measured(crowd: RingCrowd): Promise<StoredTimes> {
  const { storedMicros } = await crowd.run(LOAD);
  return { p50Ms: at(storedMicros, 0.5), p99Ms: at(storedMicros, 0.99), messages: storedMicros.length };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function at(micros: readonly number[], share: number): number {
  const sorted = Float64Array.from(micros).toSorted();
  return (sorted[Math.floor(sorted.length * share)] ?? 0) / 1000;
}
