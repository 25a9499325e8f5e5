import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What a newcomer calls `npx sotto`. */
export const SOTTO = fileURLToPath(new URL('../../../packages/sotto/src/sotto.js', import.meta.url));

export type Json = Record<string, unknown>;

export interface Finished {
  readonly code: number | null;
  /** Standard output, a line each. */
  readonly lines: readonly string[];
  readonly json: readonly Json[];
  readonly errors: string;
}

/** Real processes in a temporary folder; all gone with dispose(). */
export class Playground {
  readonly folder: string;
  readonly #running = new Set<ChildProcess>();

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<Playground> {
    return new Playground(await mkdtemp(join(tmpdir(), 'sotto-e2e-')));
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  start(args: readonly string[], options: { input?: boolean; env?: NodeJS.ProcessEnv } = {}): ChildProcess {
    const child = spawn(process.execPath, [SOTTO, ...args], {
      stdio: [options.input === true ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      cwd: this.folder,
    });
    this.#running.add(child);
    child.once('exit', () => this.#running.delete(child));
    return child;
  }

  /** Runs a command to its end. */
  async run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
    const child = this.start(args, { env });
    let errors = '';
    child.stderr!.on('data', (data: Buffer) => (errors += data.toString()));
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout! })) lines.push(line);
    const code = child.exitCode ?? (await new Promise<number | null>((resolve) => child.once('close', resolve)));
    const json = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Json);
    return { code, lines, json, errors };
  }

  /** Starts a node and waits until it listens. `port` 0: a free one. */
  async node(name: string, args: readonly string[] = [], port = 0): Promise<NodeProcess> {
    const data = ['--data', this.path(name)];
    const child = this.start(['node', '--json', '--listen', `127.0.0.1:${port}`, ...data, ...args], { input: true });
    let errors = '';
    child.stderr!.on('data', (data: Buffer) => (errors += data.toString()));
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.done === true) throw new Error(`the node did not start: ${errors}`);
    const { url, nodeId } = JSON.parse(first.value) as { url: string; nodeId: string };
    return {
      child,
      url,
      nodeId,
      port: Number(new URL(url).port),
      log: () => errors,
      end: (signal) => end(child, signal),
    };
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#running].map((child) => end(child, 'SIGKILL')));
    await rm(this.folder, { recursive: true, force: true });
  }
}

export interface NodeProcess {
  readonly child: ChildProcess;
  readonly url: string;
  readonly nodeId: string;
  readonly port: number;
  /** Standard error so far. */
  log(): string;
  /** Resolves with the exit code; null: killed. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

export function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.kill(signal);
  });
}

/** The client commands of one profile. */
export class Person {
  readonly name: string;
  readonly profile: string;
  readonly #playground: Playground;
  readonly #common: readonly string[];

  constructor(playground: Playground, name: string, common: readonly string[] = []) {
    this.name = name;
    this.profile = playground.path(`profile-${name}`);
    this.#playground = playground;
    this.#common = ['--profile', this.profile, '--json', ...common];
  }

  /** With an identity and the invite link of it. */
  static async create(
    playground: Playground,
    name: string,
    url: string,
    common: readonly string[] = [],
  ): Promise<Person & { invite: string; address: string }> {
    const person = new Person(playground, name, common);
    const [me] = await person.ok('init', '--name', name, '--node', url);
    return Object.assign(person, { invite: String(me?.['invite']), address: String(me?.['address']) });
  }

  run(...args: string[]): Promise<Finished> {
    const [command = '', ...rest] = args;
    return this.#playground.run([command, ...this.#common, ...rest]);
  }

  /** @throws unless the exit status is 0 */
  async ok(...args: string[]): Promise<readonly Json[]> {
    const { code, json, errors } = await this.run(...args);
    if (code !== 0) throw new Error(`${this.name}: sotto ${args.join(' ')} ended with ${code}: ${errors}`);
    return json;
  }

  start(...args: string[]): ChildProcess {
    const [command = '', ...rest] = args;
    return this.#playground.start([command, ...this.#common, ...rest], { input: true });
  }

  /** Accepts everybody who asked, waiting for the first request. */
  async acceptRequests(): Promise<void> {
    for (let attempt = 0; attempt < 50; attempt++) {
      await this.ok('recv', '--timeout', '0.3');
      const requests = await this.ok('contacts', '--requests');
      for (const { address } of requests) await this.ok('contacts', '--accept', String(address));
      if (requests.length > 0) return;
    }
    throw new Error(`${this.name}: no request came`);
  }
}

/** Two people who have accepted each other. */
export async function acquaint(from: Person, to: Person & { invite: string }): Promise<void> {
  await from.ok('add', to.invite, '--name', to.name);
  await from.ok('send', to.name, 'hello', '--wait', 'stored');
  await to.acceptRequests();
}

export const textOf = (message: Json | undefined): string =>
  (message?.['content'] as { text?: string } | undefined)?.text ?? '';
