import { Histogram, type Registry } from 'prom-client';
import type { NodeMetrics } from '../node-metrics.ts';
import { BOUNDS_SECONDS } from '../stages/coarse-times.ts';
import { STAGES } from '../stages/stage-times.ts';

/** What is counted beyond the largest bound counts as this long. */
const BEYOND_SECONDS = 4 * BOUNDS_SECONDS.at(-1)!;

interface Given {
  readonly name: string;
  readonly help: string;
  readonly label: string;
  /** By label and place of the bound: `store 3`. */
  readonly read: () => ReadonlyMap<string, number>;
  /** Shown also while nothing is counted. */
  readonly always: readonly string[];
}

/**
 * A histogram of what was counted elsewhere. Durations were rounded up to its bounds before they were counted, so its
 * sum is one of bounds: no exact time leaves the process (TM-103).
 */
class CountedHistogram extends Histogram {
  readonly #given: Given;

  constructor(given: Given, registers: Registry[]) {
    super({ name: given.name, help: given.help, labelNames: [given.label], registers });
    this.#given = given;
  }

  override get(): ReturnType<Histogram['get']> {
    const { name, help, label, read, always } = this.#given;
    const series = new Map<string, number[]>();
    const of = (value: string): number[] => {
      let counts = series.get(value);
      if (counts === undefined) series.set(value, (counts = BOUNDS_SECONDS.map(() => 0).concat(0)));
      return counts;
    };
    for (const value of always) of(value);
    for (const [key, count] of read()) {
      const at = key.lastIndexOf(' ');
      of(key.slice(0, at))[Number(key.slice(at + 1))]! += count;
    }
    const values = [...series].flatMap(([value, counts]) => valuesOf(name, { [label]: value }, counts));
    // The package's own type knows no labels of ours.
    const answer = { name, help, type: 'histogram', aggregator: 'sum', values };
    return Promise.resolve(answer) as unknown as ReturnType<Histogram['get']>;
  }

  /** What the registry asks for. */
  getForPromString(): ReturnType<Histogram['get']> {
    return this.get();
  }
}

function valuesOf(name: string, labels: Record<string, string>, counts: readonly number[]) {
  let below = 0;
  let sum = 0;
  const buckets = counts.map((count, at) => {
    const bound = BOUNDS_SECONDS[at];
    below += count;
    sum += count * (bound ?? BEYOND_SECONDS);
    return { metricName: `${name}_bucket`, labels: { le: bound ?? '+Inf', ...labels }, value: below };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: below },
  ];
}

/** Stages of traced messages, and HTTP requests. */
export function addTimeHistograms(metrics: NodeMetrics, registers: Registry[]): void {
  const add = (given: Given): void => void new CountedHistogram(given, registers);
  add({
    name: 'sotto_stage_seconds',
    help: 'Stages of some messages, rounded up to the bounds',
    label: 'stage',
    read: () => metrics.stages,
    always: STAGES,
  });
  add({
    name: 'sotto_http_request_seconds',
    help: 'HTTP requests, rounded up to the bounds',
    label: 'route',
    read: () => metrics.httpTimes,
    always: [],
  });
}
