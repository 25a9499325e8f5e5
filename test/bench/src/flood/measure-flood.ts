import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { nextMessage } from '../measure.ts';
import type { FloodOrder, FloodReport } from './flood-process.ts';
import type { GoodOrder, GoodReport } from './good-process.ts';
import { WatchedNode } from './watched-node.ts';

const CHRT = '/usr/bin/chrt';
const PAIRS = 500;
const PER_SECOND = 500;
const HALF_OPEN = { count: 10_000, addresses: 400, againMs: 5000 };
const ABUSE = { count: 1000, addresses: 100, againMs: 1000 };
const MB = 1 << 20;

/** What the good clients saw while so much was going on. */
interface FloodPhase {
  readonly name: string;
  readonly messages: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly worstMs: number;
  /** Of one core. */
  readonly serverCpu: number;
  readonly megabytes: number;
  /** Connections that the flood opened, by the second. */
  readonly floodPerSecond: number;
}

export interface FloodMeasure {
  readonly pairs: number;
  readonly perSecond: number;
  readonly phases: readonly FloodPhase[];
  readonly lost: number;
  readonly missing: number;
}

const PHASES: readonly { readonly name: string; readonly flood: Omit<FloodOrder, 'server'> | null }[] = [
  { name: 'no flood', flood: null },
  { name: '10,000 half-open from 400 addresses', flood: { halfOpen: HALF_OPEN, abuse: null } },
  { name: '10,000 half-open from one address', flood: { halfOpen: { ...HALF_OPEN, addresses: 1 }, abuse: null } },
  { name: '1,000 abusive links', flood: { halfOpen: null, abuse: ABUSE } },
  { name: 'all together', flood: { halfOpen: HALF_OPEN, abuse: ABUSE } },
];

/** Good clients before and during floods: the node on one core, everybody else on the other. */
export async function measureFlood(
  store: 'sqlite' | 'memory',
  seconds: number,
  step: (name: string) => void,
): Promise<FloodMeasure> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-flood-'));
  const node = await WatchedNode.start(folder, store, WatchedNode.onCore(0));
  const good = forkBeside('./good-process.ts', true);
  try {
    step('opening');
    await ask<GoodReport>(good, { order: 'open', server: node.ready, pairs: PAIRS });
    good.send({ order: 'write', perSecond: PER_SECOND } satisfies GoodOrder);
    const phases: FloodPhase[] = [];
    for (const { name, flood } of PHASES) {
      step(name);
      phases.push(await phaseOf(name, flood, node, good, seconds));
    }
    good.send({ order: 'stop' } satisfies GoodOrder);
    await nextMessage(good);
    await pause(2000);
    const { sent, arrived, lost } = await ask<GoodReport>(good, { order: 'report' });
    return { pairs: PAIRS, perSecond: PER_SECOND, phases, lost, missing: sent - arrived };
  } finally {
    good.kill('SIGKILL');
    await node.stop('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

async function phaseOf(
  name: string,
  flood: Omit<FloodOrder, 'server'> | null,
  node: WatchedNode,
  good: ChildProcess,
  seconds: number,
): Promise<FloodPhase> {
  const child = flood === null ? null : forkBeside('./flood-process.ts');
  try {
    child?.send({ ...flood!, server: node.ready } satisfies FloodOrder);
    // Until all have come at least once.
    await pause(flood === null ? 2000 : 2 * HALF_OPEN.againMs + 2000);
    const [before, floodBefore] = [await node.metrics(), child && (await ask<FloodReport>(child, 'report'))];
    await ask<GoodReport>(good, { order: 'report' });
    const startedAt = performance.now();
    await pause(seconds * 1000);
    const { latenciesMicros: sorted } = await ask<GoodReport>(good, { order: 'report' });
    const took = (performance.now() - startedAt) / 1000;
    const [after, floodAfter] = [await node.metrics(), child && (await ask<FloodReport>(child, 'report'))];
    const at = (share: number): number =>
      (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) / 1000;
    const cpu = (read: (name: string) => number): number => read('process_cpu_seconds_total');
    const openedBy = (report: FloodReport | null): number =>
      report === null ? 0 : report.halfOpen.opened + report.abuse.opened;
    return {
      name,
      messages: sorted.length,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      worstMs: at(1),
      serverCpu: (cpu(after) - cpu(before)) / took,
      megabytes: after('process_resident_memory_bytes') / MB,
      floodPerSecond: (openedBy(floodAfter) - openedBy(floodBefore)) / took,
    };
  } finally {
    if (child !== null) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    }
  }
}

/** @param first goes before what else is on its core: whoever measures must not wait for the flood it measures */
function forkBeside(file: string, first = false): ChildProcess {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const chrt = first && existsSync(CHRT) ? [CHRT, '-r', '40'] : [];
  const [program, ...args] = [...WatchedNode.onCore(1), ...chrt, process.execPath];
  return fork(path, { execPath: program, execArgv: args });
}

function ask<T>(child: ChildProcess, message: GoodOrder | 'report'): Promise<T> {
  const answer = nextMessage<T>(child);
  child.send(message);
  return answer;
}

export const describeFlood = ({ phases, lost, missing }: FloodMeasure): string =>
  [
    ...phases.map(
      ({ name, messages, p50Ms, p99Ms, worstMs, serverCpu, megabytes, floodPerSecond }) =>
        `${name}: ${messages} messages, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, worst ${worstMs.toFixed(0)} ms; ` +
        `server ${Math.round(100 * serverCpu)} % of a core, ${Math.round(megabytes)} MB, flood ${Math.round(floodPerSecond)} connections/s`,
    ),
    `links lost ${lost}, messages missing ${missing}`,
  ].join('\n    ');
