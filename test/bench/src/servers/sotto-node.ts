import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ENVELOPE_SIZES } from '@sotto/protocol/wire';
import { type MeasuredServer, onCore, SERVER_CORE } from '../measure.ts';
import { fetchServer } from '../ring/fetch-server.ts';
import { usageOfTree } from './process-usage.ts';

const SOTTO = fileURLToPath(new URL('../../../../packages/sotto/src/sotto.ts', import.meta.url));

/** Another size class, and none of the rates that hold back a single client: the load is one address. */
const CONFIG = {
  bodySizes: [512, ...ENVELOPE_SIZES],
  limits: { halfOpenPerAddress: 4096, coldPerSecond: 1e6, coldBurst: 1e6, liveBurst: 1e9, livePerSecond: 1e9 },
};

interface SottoNodeOptions {
  /** Its data and configuration go there. */
  readonly folder: string;
  /** Besides where it listens. */
  readonly args: readonly string[];
}

/** `sotto node` as it is installed, all its processes on the core of servers. */
export async function startSottoNode({ folder, args }: SottoNodeOptions): Promise<MeasuredServer> {
  const config = join(folder, 'node.json');
  await writeFile(config, JSON.stringify(CONFIG));
  const where = ['--listen', '127.0.0.1:0', '--data', folder, '--web', 'off', '--config', config];
  const command = [process.execPath, SOTTO, 'node', ...where, ...args, '--json', '--log-level', 'error'];
  const { program, args: all } = onCore(SERVER_CORE, command);
  const child = spawn(program, all, { stdio: ['ignore', 'pipe', 'inherit'] });
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  const port = await portOf(child);
  const ready = await fetchServer(port);
  return {
    ready,
    usage: async () => ({ ...(await usageOfTree(child.pid!)), state: null }),
    async stop() {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await gone;
      clearTimeout(timer);
    },
  };
}

/** It says so in its first line. */
async function portOf(child: ChildProcess): Promise<number> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const { url } = JSON.parse(line) as { url: string };
    child.stdout!.resume();
    return Number(new URL(url).port);
  }
  throw new Error('a node did not start');
}
