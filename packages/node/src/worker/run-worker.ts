import { randomUUID } from 'node:crypto';
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import { SETTINGS } from '../config/settings.ts';
import { nodeClock } from '../server/node-clock.ts';
import { pinoLog } from '../server/pino-log.ts';
import { explainEnd, EXIT, untilSignal } from '../server/process-end.ts';
import { isDatabaseUrl } from '../store/open-store.ts';

const LEASE_MS = 30_000;

function workerCommand(): Command {
  return new Command('sotto worker')
    .description('Do for the database of several nodes what one process at a time does: expiry, and days to come.')
    .option(`${SETTINGS.store.flag} <url>`, 'the database: postgres://user:password@host:port/database')
    .option(`${SETTINGS.redis.flag} <url>`, 'taken, so that nodes and workers may share a configuration; not needed')
    .option(`${SETTINGS.durability.flag} <kind>`, SETTINGS.durability.allowed)
    .option(`${SETTINGS.logLevel.flag} <level>`, SETTINGS.logLevel.allowed)
    .option('--json', 'print the ready line as JSON')
    .option('--config <file>', 'a JSON file with settings')
    .allowExcessArguments(false)
    .exitOverride();
}

/**
 * `sotto worker`: runs until SIGTERM or SIGINT.
 * @param argv what follows `sotto worker` @returns the exit status
 */
export async function runWorker(argv: readonly string[]): Promise<number> {
  try {
    const flags = parse(argv);
    return flags === null ? EXIT.ok : await run(flags);
  } catch (error) {
    return explainEnd('sotto worker', error);
  }
}

/** null: help was printed. */
function parse(argv: readonly string[]): Record<string, unknown> | null {
  let complaint = '';
  const command = workerCommand().configureOutput({ writeErr: (text) => void (complaint += text) });
  try {
    command.parse([...argv], { from: 'user' });
    return command.opts<Record<string, unknown>>();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    throw new ConfigError('usage', complaint.trim() || error.message, { cause: error });
  }
}

async function run({ config: file, ...flags }: Record<string, unknown>): Promise<number> {
  const config = readConfig({ flags, env: process.env, file: typeof file === 'string' ? file : null });
  const { store, durability } = config;
  if (!isDatabaseUrl(store)) {
    throw new ConfigError('bad-value', `--store is "${store}"; a worker works for a database: postgres://….`);
  }
  const log = pinoLog(config.logLevel);
  const { openPostgresStore } = await import('../store/postgres/open-postgres-store.ts');
  const { Leases } = await import('../store/postgres/leases.ts');
  const { UPKEEP } = await import('../store/postgres/upkeep.ts');
  const { UpkeepWorker } = await import('./upkeep-worker.ts');
  const { DEFAULT_STORE_LIMITS } = await import('../store/store-limits.ts');
  // Brings the schema up to date, and says what is wrong with the database.
  const opened = await openPostgresStore({
    url: store,
    durability,
    clock: nodeClock,
    limits: DEFAULT_STORE_LIMITS,
    connections: 3,
  });
  await opened.close();
  const leases = new Leases({ url: store, durability, clock: nodeClock });
  const parts = { leases, tasks: UPKEEP, clock: nodeClock, log };
  const worker = new UpkeepWorker({ ...parts, owner: randomUUID(), leaseMs: LEASE_MS });
  worker.start();
  process.stdout.write(config.json ? '{"event":"working"}\n' : 'working\n');
  await untilSignal();
  await worker.stop();
  await leases.close();
  log.info('stopped', {});
  return EXIT.ok;
}
