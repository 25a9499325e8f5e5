import type { DeadHome, StoredTimes } from './measure-dead-home.ts';
import type { RingFigures, RingMeasure } from './measure-ring.ts';

const millis = (micros: number): string => `${(micros / 1000).toFixed(1)} ms`;

export function describeRing({ healthy, oneDead, roundTripMicros }: RingMeasure): string {
  return [
    `healthy: ${figures(healthy)}`,
    `one dead: ${figures(oneDead)}`,
    `a question and its answer meanwhile: p50 ${millis(roundTripMicros.p50)}, p99 ${millis(roundTripMicros.p99)}`,
  ].join('\n    ');
}

function figures({ perSecond, p50Micros, p99Micros, cpuMicrosPerMessage }: RingFigures): string {
  const rate = Math.round(perSecond).toLocaleString('en');
  const cpu = `${Math.round(cpuMicrosPerMessage)} µs of processor time of all nodes a message`;
  return `${rate} msg/s, stored p50 ${millis(p50Micros)}, p99 ${millis(p99Micros)}, ${cpu}`;
}

/** Every measurement in the order they were taken: healthy, one dead, healthy, … */
export function describeDeadHome({ roundTripMs, healthy, oneDead }: DeadHome): string {
  const turn = ({ p50Ms, p99Ms, messages }: StoredTimes): string =>
    `p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms (${messages})`;
  const turns = healthy.map((times, at) => `healthy: ${turn(times)}; one dead: ${turn(oneDead[at]!)}`);
  const roundTrip = `round trip meanwhile: p50 ${roundTripMs.p50Ms.toFixed(0)} ms, p99 ${roundTripMs.p99Ms.toFixed(0)} ms`;
  return [...turns, roundTrip].join('\n    ');
}
