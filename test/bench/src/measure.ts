import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where a server is. */
export interface ServerReady {
  readonly port: number;
  /** More processes of the same server: one connection after another to the next. */
  readonly morePorts?: readonly number[];
  /** Hex; empty for others than Sotto. */
  readonly nodeId: string;
  readonly linkKey: string;
  readonly network: string;
}

/** What a server uses, all its threads and processes together. */
export interface Usage {
  readonly cpuMicros: number;
  /** Bytes of process memory. */
  readonly rss: number;
  /** Bytes of heap and buffers after a collection; null: it does not tell. */
  readonly state: number | null;
  /** µs of processor time of its parts, where it has some. */
  readonly parts?: Readonly<Record<string, number>>;
}

/** A server while it is measured. */
export interface MeasuredServer {
  readonly ready: ServerReady;
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

/** What starts a program on one core; the program itself where the system cannot do that. */
export function onCore(core: number, command: readonly string[]): { program: string; args: readonly string[] } {
  const all = canPin() ? ['/usr/bin/taskset', '-c', String(core), ...command] : command;
  return { program: all[0]!, args: all.slice(1) };
}

export const canPin = (): boolean => process.platform === 'linux' && existsSync('/usr/bin/taskset');

/** Runs a module in its own process, bound to one core where the system can do that. */
export function forkOn(core: number, file: string, args: readonly string[]): ChildProcess {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const { program, args: execArgv } = onCore(core, [process.execPath, '--expose-gc']);
  return fork(path, args, { execPath: program, execArgv: [...execArgv] });
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
