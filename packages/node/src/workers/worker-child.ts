import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { BatchChannel } from './batch-channel.ts';
import { readPassing, writeValue } from './packed-values.ts';
import { ORDER, REPORT, type WorkerOrder, type WorkerReport } from './worker-orders.ts';

const PROGRAM = fileURLToPath(new URL('./worker-process.ts', import.meta.url));

/** How a worker ended. */
export interface WorkerEnd {
  /** Exit status; null: killed by `signal`. */
  readonly code: number | null;
  readonly signal: string | null;
}

/** A worker process, as the one that started it sees it. Its channel is a pipe that nobody else can open: it has no name. */
export class WorkerChild {
  readonly channel: BatchChannel;
  readonly ended: Promise<WorkerEnd>;
  readonly #process: ChildProcess;

  constructor(onReport: (report: WorkerReport) => void) {
    this.#process = spawn(process.execPath, [PROGRAM], { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
    this.channel = new BatchChannel(this.#process.stdio[3] as Duplex);
    this.channel.on(REPORT, (reader) => onReport(readPassing(reader) as WorkerReport));
    this.ended = new Promise((resolve) => {
      this.#process.once('exit', (code, signal) => resolve({ code, signal }));
      // It could not even be started.
      this.#process.once('error', () => resolve({ code: null, signal: null }));
    });
    // What it said before it died still counts.
    void this.ended.then(() => setImmediate(() => this.channel.destroy()));
  }

  tell(order: WorkerOrder): void {
    writeValue(this.channel.post(ORDER), order);
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}
