import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LoadOrder, LoadReport } from '../load/order.ts';
import { nextMessage } from '../measure.ts';
import { NodeOfWorkers } from './node-of-workers.ts';

const LOAD = fileURLToPath(new URL('../load-process.ts', import.meta.url));

interface WorkersScenario {
  readonly name: string;
  readonly title: string;
  readonly store: 'none' | 'memory' | 'sqlite';
  readonly order: Omit<LoadOrder, 'server'>;
}

const relay = { load: 'relay', dialect: 'sotto', seconds: 4, bodyBytes: 512 } as const;
const live = { ...relay, live: true } as const;
const sparse = { pairs: 1_000, window: 1 } as const;
const burst = { pairs: 100, window: 16 } as const;

/** Every pair of people meets at the same worker or not, by chance: with two workers half of all messages cross. */
const SCENARIOS: readonly WorkersScenario[] = [
  { name: 'live-sparse', title: 'live-only, sparse', store: 'none', order: { ...live, ...sparse } },
  { name: 'live-burst', title: 'live-only, burst', store: 'none', order: { ...live, ...burst } },
  {
    name: 'acknowledged-sparse',
    title: 'live relay with acknowledgement and answer, sparse',
    store: 'none',
    order: { ...relay, ...sparse },
  },
  {
    name: 'stored-sparse',
    title: 'stored, pushed, acknowledged, sparse',
    store: 'sqlite',
    order: { ...relay, ...sparse },
  },
  {
    name: 'stored-burst',
    title: 'stored, pushed, acknowledged, burst',
    store: 'sqlite',
    order: { ...relay, ...burst },
  },
];

interface WorkersFigures {
  readonly perSecond: number;
  /** All processes of the node together. */
  readonly cpuMicrosPerMessage: number;
}

export interface WorkersMeasure {
  readonly title: string;
  readonly one: WorkersFigures;
  readonly two: WorkersFigures;
  /** Messages a second of server CPU: two workers against one, the median of the runs. */
  readonly ratio: number;
}

/** One worker and two in turn, so that both meet the same machine. @param only a part of a scenario's name */
export async function measureWorkers(
  runs: number,
  only: string,
  progress: (step: string) => void,
): Promise<WorkersMeasure[]> {
  const measures: WorkersMeasure[] = [];
  for (const scenario of SCENARIOS) {
    if (!scenario.name.includes(only)) continue;
    const pairs: { one: WorkersFigures; two: WorkersFigures }[] = [];
    for (let run = 0; run < runs; run++) {
      progress(`${scenario.name} ${run + 1}/${runs}`);
      pairs.push({ one: await runOnce(1, scenario), two: await runOnce(2, scenario) });
    }
    measures.push({
      title: scenario.title,
      one: medianOf(pairs.map(({ one }) => one)),
      two: medianOf(pairs.map(({ two }) => two)),
      ratio: middle(pairs.map(({ one, two }) => one.cpuMicrosPerMessage / two.cpuMicrosPerMessage)),
    });
  }
  return measures;
}

async function runOnce(workers: number, { store, order }: WorkersScenario): Promise<WorkersFigures> {
  const node = await NodeOfWorkers.start(workers, store);
  const load = fork(LOAD);
  try {
    load.send({ ...order, server: node.server });
    const marks = new Map<string, number>();
    for (;;) {
      const report = await nextMessage<LoadReport>(load);
      if ('done' in report) {
        const cpu = (marks.get('end') ?? 0) - (marks.get('begin') ?? 0);
        return { perSecond: report.messages / report.seconds, cpuMicrosPerMessage: cpu / report.messages };
      }
      marks.set(report.mark, await node.cpuMicros());
      load.send('go');
    }
  } finally {
    load.kill('SIGKILL');
    await node.stop();
  }
}

const medianOf = (figures: readonly WorkersFigures[]): WorkersFigures => ({
  perSecond: middle(figures.map(({ perSecond }) => perSecond)),
  cpuMicrosPerMessage: middle(figures.map(({ cpuMicrosPerMessage }) => cpuMicrosPerMessage)),
});

const middle = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
};

export function describeWorkers({ one, two, ratio }: WorkersMeasure): string {
  const round = (value: number): string => Math.round(value).toLocaleString('en');
  const line = ({ perSecond, cpuMicrosPerMessage }: WorkersFigures): string =>
    `${round(perSecond)} msg/s, ${cpuMicrosPerMessage.toFixed(1)} µs of server CPU a message`;
  return `one: ${line(one)}; two: ${line(two)}; messages per server-CPU-second ${ratio.toFixed(2)} of one`;
}
