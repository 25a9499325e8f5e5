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
