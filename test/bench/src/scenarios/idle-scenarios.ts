import { openFileLimit } from '../servers/open-file-limit.ts';
import { runLoads, runOnce, withServer } from '../run-scenario.ts';
import { startSottoNode } from '../servers/sotto-node.ts';
import type { Figures } from '../figures.ts';
import type { Scenario, Skipped } from './scenario.ts';
import { nothingMissing } from './scenario.ts';
import { BARE, EJABBERD, MOSQUITTO, NODE, type Subject } from './subjects.ts';

const CONNECTIONS = 10_000;
const MANY = 50_000;
/** Files that a process has open besides connections. */
const SPARE_FILES = 500;
/** A load process is one thread of JavaScript, and one address has 28,000 ports. */
const PER_LOAD = 17_000;

const idle = (subject: Subject, quickRuns: number): Scenario => ({
  name: `${subject.name}-idle-10000`,
  group: 'idle',
  subject: subject.title,
  work: '10,000 connections',
  runs: 1,
  quickRuns,
  missing: subject.missing,
  measure: (scale) =>
    runOnce(subject.start, { load: 'idle', dialect: subject.dialect, pairs: CONNECTIONS * scale, bodyBytes: 512 }),
});

/** As many worker processes as the limit of open files asks for, all on one core. */
const many: Scenario = {
  name: 'node-idle-50000',
  group: 'idle',
  subject: 'Sotto, SQLite, several worker processes',
  work: '50,000 connections',
  runs: 1,
  quickRuns: 0,
  missing: nothingMissing,
  measure: measureMany,
};

async function measureMany(scale: number): Promise<Figures | Skipped> {
  const wanted = MANY * scale;
  const perProcess = (await openFileLimit()) - SPARE_FILES;
  const loads = Math.ceil(MANY / Math.min(PER_LOAD, perProcess));
  // Connections fall to workers by chance: a tenth more room than is needed on average.
  const workers = Math.max(2, Math.ceil((MANY * 1.1) / perProcess));
  return withServer(
    (folder) => startSottoNode({ folder, args: ['--workers', String(workers), '--store', 'sqlite'] }),
    async (server) => {
      const before = await server.usage();
      const each = Math.ceil(wanted / loads);
      const orders = Array.from({ length: loads }, (_, at) => ({
        load: 'idle' as const,
        dialect: 'sotto' as const,
        pairs: Math.min(each, wanted - at * each),
        localAddress: `127.0.0.${10 + at}`,
        server: server.ready,
      }));
      const { seen, after } = await runLoads(orders, 'idle', () => server.usage());
      const there = seen.reduce((sum, { messages }) => sum + messages, 0);
      const refused = seen.find((one) => one.refused !== undefined)?.refused;
      if (refused !== undefined) console.log(`    ${there} of ${wanted} connections are there: ${refused}`);
      return {
        startMegabytes: before.rss / 1024 / 1024,
        connections: there,
        seconds: Math.max(...seen.map(({ seconds }) => seconds)),
        microsPerClient: (after.cpuMicros - before.cpuMicros) / there,
        kilobytesPerConnection: (after.rss - before.rss) / 1024 / there,
      };
    },
  );
}

export const IDLE_SCENARIOS: readonly Scenario[] = [
  idle(BARE, 1),
  idle(NODE, 1),
  idle(MOSQUITTO, 1),
  idle(EJABBERD, 0),
  many,
];
