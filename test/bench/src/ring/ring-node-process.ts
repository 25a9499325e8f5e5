import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SOTTO = fileURLToPath(new URL('../../../../packages/sotto/src/sotto.js', import.meta.url));
/** Ticks of the times in /proc, a second. */
const TICKS = 100;

export interface RingNodeOptions {
  readonly data: string;
  /** What else `sotto node` is told. */
  readonly args: readonly string[];
  /** A shell line that comes first, in a mount namespace of the node's own; null: none. */
  readonly mount: string | null;
  /** 0: a free one, the same in later lives. */
  readonly port: number;
}

/** `sotto node` as a process that is killed, stopped and started again under one port. */
export class RingNodeProcess {
  readonly #options: RingNodeOptions;
  #child: ChildProcess | null = null;
  #log = '';
  #port = 0;
  #nodeId = '';

  constructor(options: RingNodeOptions) {
    this.#options = options;
    this.#port = options.port;
  }

  get port(): number {
    return this.#port;
  }

  /** 64 hex digits. */
  get nodeId(): string {
    return this.#nodeId;
  }

  /** Its directory. */
  get data(): string {
    return this.#options.data;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Standard error of all its lives. */
  get log(): string {
    return this.#log;
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const { data, args, mount } = this.#options;
    const listen = ['--listen', `127.0.0.1:${this.#port}`, '--data', data, '--json', '--web', 'off'];
    const command = [process.execPath, SOTTO, 'node', ...listen, ...args];
    const [program, ...rest] =
      mount === null ? command : ['unshare', '-rm', 'sh', '-c', `${mount} && exec "$@"`, 'sh', ...command];
    const child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    child.stderr.on('data', (text: Buffer) => (this.#log += text.toString()));
    for await (const line of createInterface({ input: child.stdout })) {
      const { url, nodeId } = JSON.parse(line) as { url: string; nodeId: string };
      // What it is called by others may be somewhere else.
      if (this.#port === 0) this.#port = Number(new URL(url).port);
      this.#nodeId = nodeId;
      child.stdout.resume();
      return;
    }
    throw new Error(`a node did not start: ${this.#log}`);
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill('SIGKILL');
    });
  }

  /** Processor time of this life, all threads, µs; 0 where the system does not tell. */
  async cpuMicros(): Promise<number> {
    const stat = await readFile(`/proc/${this.pid}/stat`, 'utf8').catch(() => '');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS) * 1e6;
  }
}
