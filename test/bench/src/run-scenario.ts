import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadReport } from './load-process.ts';
import { forkOn, MeasuredServer, nextMessage, type Usage } from './measure.ts';
import type { Scenario } from './scenarios.ts';

/** Figures of one run. Missing where they make no sense. */
export interface Figures {
  readonly perSecond?: number;
  readonly cpuMicrosPerMessage?: number;
  readonly p50Micros?: number;
  readonly p99Micros?: number;
  readonly deliveredPerSecond?: number;
  readonly deliverCpuMicrosPerMessage?: number;
  readonly startMegabytes: number;
  readonly kilobytesPerConnection?: number;
  readonly stateKilobytesPerConnection?: number;
}

const MB = 1024 * 1024;

export async function runOnce({ server: kind, order }: Scenario): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-bench-'));
  const server = await MeasuredServer.start(kind, folder);
  const load = forkOn(1, './load-process.ts', []);
  const marks = new Map<string, Usage>();
  try {
    const atStart = await server.usage();
    load.send({ ...order, server: server.ready });
    for (;;) {
      const report = await nextMessage<LoadReport>(load);
      if ('done' in report) return figures(report, marks, atStart);
      marks.set(report.mark, await server.usage());
      load.send('go');
    }
  } finally {
    load.kill('SIGKILL');
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function figures(
  report: Extract<LoadReport, { done: true }>,
  marks: ReadonlyMap<string, Usage>,
  atStart: Usage,
): Figures {
  const { messages, seconds, latenciesMicros, deliverSeconds } = report;
  const start = { startMegabytes: atStart.rss / MB };
  const [begin, end, stored, deliveredAt, idle] = ['begin', 'end', 'stored', 'delivered', 'idle'].map((at) =>
    marks.get(at),
  );
  if (idle !== undefined) {
    return {
      ...start,
      kilobytesPerConnection: (idle.rss - atStart.rss) / 1024 / messages,
      stateKilobytesPerConnection: (idle.state - atStart.state) / 1024 / messages,
    };
  }
  if (begin !== undefined && stored !== undefined && deliveredAt !== undefined) {
    return {
      ...start,
      perSecond: messages / seconds,
      cpuMicrosPerMessage: (stored.cpuMicros - begin.cpuMicros) / messages,
      deliveredPerSecond: messages / deliverSeconds,
      deliverCpuMicrosPerMessage: (deliveredAt.cpuMicros - stored.cpuMicros) / messages,
    };
  }
  const sorted = Float64Array.from(latenciesMicros).toSorted();
  return {
    ...start,
    perSecond: messages / seconds,
    cpuMicrosPerMessage: ((end?.cpuMicros ?? 0) - (begin?.cpuMicros ?? 0)) / messages,
    p50Micros: sorted[Math.floor(sorted.length * 0.5)] ?? 0,
    p99Micros: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
  };
}

/** The median of each figure. */
export function median(runs: readonly Figures[]): Figures {
  const keys = new Set(runs.flatMap((run) => Object.keys(run))) as Set<keyof Figures>;
  const middle = (key: keyof Figures): number => {
    const values = runs.map((run) => run[key] ?? 0).toSorted((a, b) => a - b);
    return values[Math.floor(values.length / 2)] ?? 0;
  };
  return Object.fromEntries(Array.from(keys, (key) => [key, middle(key)])) as unknown as Figures;
}
