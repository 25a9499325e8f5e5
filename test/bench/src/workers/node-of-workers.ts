import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ENVELOPE_SIZES } from '@sotto/protocol/wire';
import type { ServerReady } from '../measure.ts';
import { fetchServer } from '../ring/fetch-server.ts';

const SOTTO = fileURLToPath(new URL('../../../../packages/sotto/src/sotto.js', import.meta.url));
/** Ticks of the times in /proc, a second. */
const TICKS = 100;

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
    const pids = [this.#child.pid!, ...(await childrenOf(this.#child.pid!))];
    const each = await Promise.all(pids.map(cpuMicrosOf));
    return each.reduce((sum, one) => sum + one, 0);
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await gone;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** By the system's own list of its processes. */
async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')),
  );
  return lists.flatMap((list) => list.split(' ').filter((text) => text !== '')).map(Number);
}

async function cpuMicrosOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS) * 1e6;
}
