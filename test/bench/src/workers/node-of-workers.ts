import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ENVELOPE_SIZES } from '@sotto/protocol/wire';
import type { ServerReady } from '../measure.ts';
import { fetchServer } from '../ring/fetch-server.ts';
import { usageOfTree } from '../servers/process-usage.ts';

const SOTTO = fileURLToPath(new URL('../../../../packages/sotto/src/sotto.js', import.meta.url));

/** Another size class, and none of the rates that hold back a single client: the load is one address. */
const CONFIG = {
  bodySizes: [512, ...ENVELOPE_SIZES],
  limits: { halfOpenPerAddress: 4096, coldPerSecond: 1e6, coldBurst: 1e6, liveBurst: 1e9, livePerSecond: 1e9 },
};

/** `sotto node --workers N` as it is installed, on whatever cores the system gives it. */
export class NodeOfWorkers {
  readonly server: ServerReady;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string, server: ServerReady) {
    this.#child = child;
    this.#folder = folder;
    this.server = server;
  }

  static async start(workers: number, store: 'none' | 'memory' | 'sqlite'): Promise<NodeOfWorkers> {
    const folder = await mkdtemp(join(tmpdir(), 'sotto-workers-'));
    const config = join(folder, 'node.json');
    await writeFile(config, JSON.stringify(CONFIG));
    const where = ['--listen', '127.0.0.1:0', '--data', join(folder, 'node'), '--web', 'off', '--config', config];
    const what = ['--workers', String(workers), '--store', store, '--json', '--log-level', 'error'];
    const child = spawn(process.execPath, [SOTTO, 'node', ...where, ...what], { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: child.stdout })) {
      const { url } = JSON.parse(line) as { url: string };
      child.stdout.resume();
      return new NodeOfWorkers(child, folder, await fetchServer(Number(new URL(url).port)));
    }
    throw new Error('a node did not start');
  }

  /** Processor time of all its processes and their threads, µs. */
  async cpuMicros(): Promise<number> {
    return (await usageOfTree(this.#child.pid!)).cpuMicros;
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await gone;
    await rm(this.#folder, { recursive: true, force: true });
  }
}
