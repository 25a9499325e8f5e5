import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface ServerReady {
  readonly port: number;
  /** Hex; empty for the bare relay. */
  readonly nodeId: string;
  readonly linkKey: string;
  readonly network: string;
}

/** What a server process says of itself. */
export interface Usage {
  readonly cpuMicros: number;
  /** Bytes of process memory. */
  readonly rss: number;
  /** Bytes of heap and buffers after a collection. */
  readonly state: number;
}

export type ServerKind = 'live' | 'sqlite' | 'ws';

/** Runs a module in its own process, bound to one core where the system can do that. */
export function forkOn(core: number, file: string, args: readonly string[]): ChildProcess {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const flags = ['--expose-gc'];
  if (process.platform !== 'linux' || !existsSync('/usr/bin/taskset')) return fork(path, args, { execArgv: flags });
  return fork(path, args, {
    execPath: '/usr/bin/taskset',
    execArgv: ['-c', String(core), process.execPath, ...flags],
  });
}

/** The next message a process sends. @throws when it ends first */
export function nextMessage<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error('a process of the benchmark ended early'));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as T);
    });
  });
}

/** A server process while it is measured. */
export class MeasuredServer {
  readonly ready: ServerReady;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, ready: ServerReady) {
    this.#child = child;
    this.ready = ready;
  }

  static async start(kind: ServerKind, dataDir: string): Promise<MeasuredServer> {
    const child = forkOn(0, './server-process.ts', [kind, dataDir]);
    return new MeasuredServer(child, await nextMessage<ServerReady>(child));
  }

  usage(): Promise<Usage> {
    const answer = nextMessage<Usage>(this.#child);
    this.#child.send('usage');
    return answer;
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }
}
