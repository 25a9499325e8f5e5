import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPostgres, POSTGRES_MISSING, PostgresServer } from '@sotto/node/testing';
import type { BacklogReport } from '../backlog-process.ts';
import type { Figures } from '../figures.ts';
import { forkOn, LOAD_CORE, nextMessage } from '../measure.ts';
import { pidOf } from '../servers/operated-node.ts';
import { usageOfTree } from '../servers/process-usage.ts';
import { nothingMissing, type Scenario } from './scenario.ts';

/** Each of `backlog-process.ts`'s measurements is so many reads of a page. */
const ROUNDS = 200;

/** What the store's process says, and what the database used meanwhile (µs for each of three measurements). */
interface Outcome {
  readonly report: BacklogReport;
  readonly databaseMicros: readonly number[];
}

async function measure(
  kind: 'sqlite' | 'postgres',
  where: string,
  count: number,
  pid: number | null,
): Promise<Outcome> {
  const child = forkOn(LOAD_CORE, './backlog-process.ts', [kind, where, String(count)]);
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  const readings: number[] = [];
  for (;;) {
    const message = await nextMessage<'reading' | BacklogReport>(child);
    if (message !== 'reading') {
      const databaseMicros = readings.slice(1).map((used, at) => (used - readings[at]!) / ROUNDS);
      return { report: message, databaseMicros };
    }
    readings.push(pid === null ? 0 : (await usageOfTree(pid)).cpuMicros);
    child.send('go');
  }
}

const figuresOf = ({ report, databaseMicros }: Outcome): Figures => ({
  fillPerSecond: report.fillPerSecond,
  firstPageMicros: report.firstPage.medianMs * 1_000,
  firstPageCpuMicros: report.firstPage.cpuMicros + (databaseMicros[0] ?? 0),
  lastPageMicros: report.lastPage.medianMs * 1_000,
  lastPageCpuMicros: report.lastPage.cpuMicros + (databaseMicros[1] ?? 0),
  acknowledgeMicros: report.acknowledge.medianMs * 1_000,
  acknowledgeCpuMicros: report.acknowledge.cpuMicros + (databaseMicros[2] ?? 0),
});

async function sqlite(count: number): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'sotto-bench-'));
  try {
    return figuresOf(await measure('sqlite', folder, count, null));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function postgres(count: number): Promise<Figures> {
  const server = await PostgresServer.start({ settings: { shared_buffers: '512MB', max_wal_size: '8GB' } });
  try {
    return figuresOf(await measure('postgres', server.url(), count, await pidOf(server)));
  } finally {
    await server.dispose();
  }
}

const backlog = (kind: 'sqlite' | 'postgres', count: number, quickRuns: number): Scenario => ({
  name: `${kind}-backlog-${count}`,
  group: 'backlog',
  subject: kind === 'sqlite' ? 'SQLite' : 'PostgreSQL',
  work: `${count.toLocaleString('en')} envelopes wait for one device, 512 B, pages of 64`,
  runs: 1,
  quickRuns,
  missing: kind === 'sqlite' || findPostgres() !== null ? nothingMissing : () => POSTGRES_MISSING,
  measure: (scale) => (kind === 'sqlite' ? sqlite : postgres)(Math.max(20_000, count * scale)),
});

/** The small ones beside the large ones: a page should cost the same. */
export const BACKLOG_SCENARIOS: readonly Scenario[] = [
  backlog('sqlite', 20_000, 1),
  backlog('sqlite', 1_000_000, 1),
  backlog('postgres', 20_000, 1),
  backlog('postgres', 1_000_000, 0),
];
