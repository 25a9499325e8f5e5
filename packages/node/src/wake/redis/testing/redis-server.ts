import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** Redis or Valkey, whichever is installed; null: neither. */
const REDIS_PROGRAM = ['redis-server', 'valkey-server'].find(isInstalled) ?? null;

/** To be thrown where a test would be skipped in silence. null: it is there. */
export function redisMissing(): string | null {
  if (REDIS_PROGRAM !== null) return null;
  return 'redis-server is missing: install it (Debian: apt-get install redis-server)';
}

export interface RedisOptions {
  readonly password?: string;
  /** A cluster of this one server, which has all slots. */
  readonly cluster?: boolean;
}

/** A real server on a free port of this machine, that keeps nothing on the disk. */
export class RedisServer {
  readonly port: number;
  readonly #dir: string;
  readonly #options: RedisOptions;
  #process: ChildProcess | null = null;

  private constructor(port: number, options: RedisOptions) {
    this.port = port;
    this.#options = options;
    this.#dir = mkdtempSync(join(tmpdir(), 'sotto-redis-'));
  }

  static async start(options: RedisOptions = {}): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), options);
    await server.start();
    return server;
  }

  /** With the password, if there is one. */
  get url(): string {
    const { password, cluster } = this.#options;
    const user = password === undefined ? '' : `:${password}@`;
    const host = `127.0.0.1:${this.port}`;
    // Several hosts mean a cluster.
    return `redis://${user}${cluster === true ? `${host},${host}` : host}`;
  }

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  async start(): Promise<void> {
    const { password, cluster } = this.#options;
    const given = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#dir, '--save', ''];
    if (password !== undefined) given.push('--requirepass', password);
    if (cluster === true) given.push('--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1');
    const child = spawn(REDIS_PROGRAM ?? 'redis-server', given, { stdio: 'ignore' });
    this.#process = child;
    // Whoever forgets it, or is cut off, leaves nothing running.
    const end = (): void => void child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    await reachable(this.port);
    if (cluster !== true) return;
    if (!(await this.command('CLUSTER', 'INFO')).includes('cluster_slots_assigned:16384')) {
      await this.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    }
    while (!(await this.command('CLUSTER', 'INFO')).includes('cluster_state:ok')) await wait(50);
  }

  /** At once, as if the machine had died. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  /** One command, as text; the answer as it came. */
  command(...words: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.port, '127.0.0.1');
      const { password } = this.#options;
      const all = password === undefined ? [words] : [['AUTH', password], words];
      socket.write(all.map(encode).join(''));
      socket.once('error', reject);
      let answer = '';
      socket.on('data', (data) => {
        answer += Buffer.from(data).toString('latin1');
        if (!isWhole(answer, all.length)) return;
        socket.destroy();
        resolve(answer);
      });
    });
  }

  /** Everything that commands bring from now on, as a network or an operator would see it. */
  async watch(): Promise<{ readonly seen: () => Buffer; readonly stop: () => void }> {
    const socket = connect(this.port, '127.0.0.1');
    const chunks: Buffer[] = [];
    await new Promise((resolve) => socket.once('connect', resolve));
    const { password } = this.#options;
    socket.on('data', (data) => chunks.push(Buffer.from(data)));
    socket.write(`${password === undefined ? '' : encode(['AUTH', password])}${encode(['MONITOR'])}`);
    while (!Buffer.concat(chunks).includes('+OK')) await wait(5);
    return { seen: () => Buffer.concat(chunks), stop: () => void socket.destroy() };
  }

  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

const encode = (words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;

/** Simple answers, whole numbers, errors and one bulk string. */
function isWhole(answer: string, answers: number): boolean {
  let rest = answer;
  for (let at = 0; at < answers; at++) {
    const bulk = /^\$(\d+)\r\n/.exec(rest);
    const end = bulk === null ? rest.indexOf('\r\n') + 2 : bulk[0].length + Number(bulk[1]) + 2;
    if (end < 2 || rest.length < end) return false;
    rest = rest.slice(end);
  }
  return true;
}

function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function reachable(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (open) return;
    await wait(25);
  }
  throw new Error('the Redis that a test started does not answer');
}
