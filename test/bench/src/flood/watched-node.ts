import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { nodePrimitives } from '@sotto/primitives-node';
import { verifyDescriptor } from '@sotto/protocol/identity';
import { WebSocket } from 'ws';
import type { ServerReady } from '../measure.ts';

const SOTTO = fileURLToPath(new URL('../../../../packages/sotto/src/sotto.ts', import.meta.url));
const TASKSET = '/usr/bin/taskset';

/** `sotto node` with the limits that an operator has, and what it counts. */
export class WatchedNode {
  readonly ready: ServerReady;
  readonly #child: ChildProcess;
  readonly #log: () => string;

  private constructor(child: ChildProcess, ready: ServerReady, log: () => string) {
    this.#child = child;
    this.ready = ready;
    this.#log = log;
  }

  /** @param before what the command is run by, for example taskset */
  static async start(
    dataDir: string,
    store: 'sqlite' | 'memory',
    before: readonly string[] = [],
  ): Promise<WatchedNode> {
    const command = [process.execPath, SOTTO, 'node', '--json', '--listen', '127.0.0.1:0', '--data', dataDir];
    const [file, ...args] = [...before, ...command, '--store', store, '--web', 'off'];
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
    const first = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
    if (first.done === true) throw new Error(`the node did not start: ${errors}`);
    const { url } = JSON.parse(first.value) as { url: string };
    return new WatchedNode(child, await readyAt(url), () => errors);
  }

  /** Bound to one core where the system can do that. */
  static onCore(core: number): string[] {
    return process.platform === 'linux' && existsSync(TASKSET) ? [TASKSET, '-c', String(core)] : [];
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Standard error so far. */
  log(): string {
    return this.#log();
  }

  /** @returns every figure of /metrics by its name, with its label where it has one */
  async metrics(): Promise<(name: string) => number> {
    const text = await (await fetch(`http://127.0.0.1:${this.ready.port}/metrics`)).text();
    const figures = new Map<string, number>();
    for (const line of text.split('\n')) {
      const [, name, value] = /^([a-z_]+(?:\{[^}]*\})?) (\S+)$/.exec(line) ?? [];
      if (name !== undefined) figures.set(name, Number(value));
    }
    return (name) => figures.get(name) ?? 0;
  }

  /** @returns the exit code */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    if (!this.running) return Promise.resolve(this.#child.exitCode);
    return new Promise((resolve) => {
      this.#child.once('exit', resolve);
      this.#child.kill(signal);
    });
  }
}

function readyAt(url: string): Promise<ServerReady> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url, 'sotto.1.descriptor');
    ws.once('error', reject);
    ws.once('message', (data: Buffer) => {
      const { node, linkKey, network } = verifyDescriptor(nodePrimitives, data, { nowMs: null });
      const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
      resolve({ port: Number(new URL(url).port), nodeId: hex(node), linkKey: hex(linkKey), network: hex(network) });
    });
  });
}
