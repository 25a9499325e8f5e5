import { RingCrowd, type RingRun } from './ring-crowd.ts';
import { RingOfProcesses } from './ring-of-processes.ts';

const PEOPLE = 40;
/** Long enough for the engine to compile what runs often. */
const WARM = { perSecond: 500, seconds: 12, everyMs: 1 };
/** So much that the processors of two cores are not what is waited for. */
const LOAD = { perSecond: 200, seconds: 10, everyMs: 1 };
const SETTLED = { perSecond: 200, seconds: 3, everyMs: 1 };
/** From the death of a node to the measurement: who was connected to it has gone elsewhere. */
const AFTER_DEATH_MS = 2_000;

/** One state of a ring under load. */
export interface RingFigures {
  readonly perSecond: number;
  /** From when a message was due until W nodes proved that they have it. */
  readonly p50Micros: number;
  readonly p99Micros: number;
  /** All nodes together: three copies, receipts, delivery, acknowledgements. */
  readonly cpuMicrosPerMessage: number;
}

export interface RingMeasure {
  readonly nodes: number;
  readonly healthy: RingFigures;
  readonly oneDead: RingFigures;
  /** A question and its answer on an idle link, while the load runs. */
  readonly roundTripMicros: { readonly p50: number; readonly p99: number };
}

/** Rings of real processes on this machine, whose processors nodes and load share. */
export async function measureRing(nodes: number): Promise<RingMeasure> {
  const ring = await RingOfProcesses.start(Array.from({ length: nodes }, () => ({ args: ['--log-level', 'error'] })));
  const crowd = new RingCrowd(ring.places, PEOPLE);
  try {
    await crowd.open();
    await crowd.run(WARM);
    const [healthy, roundTrips] = await Promise.all([loaded(ring, crowd), crowd.roundTrips(LOAD.seconds)]);
    await ring.nodes.at(-1)!.kill();
    await new Promise((resolve) => setTimeout(resolve, AFTER_DEATH_MS));
    await crowd.run(SETTLED);
    const oneDead = await loaded(ring, crowd);
    return { nodes, healthy, oneDead, roundTripMicros: { p50: at(roundTrips, 0.5), p99: at(roundTrips, 0.99) } };
  } finally {
    crowd.close();
    await ring.stop();
  }
}

async function loaded(ring: RingOfProcesses, crowd: RingCrowd): Promise<RingFigures> {
  const before = await cpuOf(ring);
  const run: RingRun = await crowd.run(LOAD);
  const cpu = (await cpuOf(ring)) - before;
  const { storedMicros, seconds } = run;
  return {
    perSecond: storedMicros.length / seconds,
    p50Micros: at(storedMicros, 0.5),
    p99Micros: at(storedMicros, 0.99),
    cpuMicrosPerMessage: cpu / storedMicros.length,
  };
}

async function cpuOf({ nodes }: RingOfProcesses): Promise<number> {
  const each = await Promise.all(nodes.map((node) => node.cpuMicros()));
  return each.reduce((sum, one) => sum + one, 0);
}

function at(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).toSorted();
  return sorted[Math.floor(sorted.length * share)] ?? 0;
}
