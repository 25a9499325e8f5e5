import { NodeMetrics } from '../node-metrics.ts';

/** A NodeMetrics as it crosses to another process. */
export type MetricsSnapshot = Pick<NodeMetrics, keyof NodeMetrics>;

/** What is so now; everything else is counted up. */
const GAUGES: ReadonlySet<string> = new Set<keyof NodeMetrics>([
  'linksOpen',
  'halfOpen',
  'attached',
  'peerLinks',
  'tunnelsOpen',
  'httpUnderWay',
  'longPolls',
]);

/** What all processes of a node counted. A process that is gone leaves its counts, so that no sum ever falls (OPS-45). */
export class MetricsSum {
  readonly #departed = new NodeMetrics();
  readonly #latest = new Map<number, MetricsSnapshot>();

  /** @param process any number that is its own */
  report(process: number, metrics: MetricsSnapshot): void {
    this.#latest.set(process, metrics);
  }

  gone(process: number): void {
    const last = this.#latest.get(process);
    this.#latest.delete(process);
    if (last !== undefined) add(this.#departed, last, false);
  }

  /** @param into made what the sum is */
  total(into = new NodeMetrics()): NodeMetrics {
    clear(into);
    add(into, this.#departed, true);
    for (const metrics of this.#latest.values()) add(into, metrics, true);
    return into;
  }
}

type Fields = Record<string, number | Map<unknown, number>>;

const fieldsOf = (metrics: MetricsSnapshot): Fields => metrics;

function add(sum: NodeMetrics, part: MetricsSnapshot, gauges: boolean): void {
  const fields = fieldsOf(sum);
  for (const [name, value] of Object.entries(fieldsOf(part))) {
    const before = fields[name];
    if (typeof value === 'number') {
      if (typeof before === 'number' && (gauges || !GAUGES.has(name))) fields[name] = before + value;
    } else if (before instanceof Map) {
      for (const [key, count] of value) before.set(key, (before.get(key) ?? 0) + count);
    }
  }
}

/** Sets one to what another is. */
export function assignMetrics(to: NodeMetrics, from: MetricsSnapshot): void {
  clear(to);
  add(to, from, true);
}

function clear(metrics: NodeMetrics): void {
  const fields = fieldsOf(metrics);
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'number') fields[name] = 0;
    else value.clear();
  }
}
