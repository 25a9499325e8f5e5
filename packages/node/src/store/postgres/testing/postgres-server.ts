/** Real PostgreSQL servers for tests and benchmarks, each of its own in a temporary directory, on loopback. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chownSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
const BINARIES = '/usr/lib/postgresql';
/** What starts and stops the server. */
const SUPERUSER = 'postgres';

/** The newest installed PostgreSQL; null: there is none. */
export function findPostgres(): string | null {
  const versions = existsSync(BINARIES) ? readdirSync(BINARIES).map(Number).filter(Number.isFinite) : [];
  const folders = versions.toSorted((a, b) => b - a).map((version) => join(BINARIES, String(version), 'bin'));
  return folders.find((folder) => existsSync(join(folder, 'initdb'))) ?? null;
}

export const POSTGRES_MISSING = 'PostgreSQL 15 or newer is not installed: apt-get install postgresql';

/** Whom the server runs as: it refuses to run as root. */
function unprivileged(): { uid: number; gid: number } | Record<string, never> {
  if (process.getuid?.() !== 0) return {};
  const [, , uid, gid] = (
    /^nobody:.*$/m.exec(readFileSync('/etc/passwd', 'utf8'))?.[0] ?? 'nobody:x:65534:65534'
  ).split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

export interface PostgresServerOptions {
  /** Lines of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Where its directory is made. */
  readonly parent?: string;
}

/** Tests want it small; fsync stays on. */
const SETTINGS = {
  listen_addresses: "'127.0.0.1'",
  max_connections: 200,
  shared_buffers: '64MB',
  wal_level: 'replica',
  max_wal_senders: 8,
  hot_standby: 'on',
  max_wal_size: '1GB',
  autovacuum_naptime: '10s',
  log_min_messages: 'warning',
};

export class PostgresServer {
  readonly directory: string;
  readonly port: number;
  #process: ChildProcess | null = null;
  #standbys: PostgresServer[] = [];

  private constructor(directory: string, port: number) {
    this.directory = directory;
    this.port = port;
  }

  /** A new, empty one. */
  static async start({ settings = {}, parent = tmpdir() }: PostgresServerOptions = {}): Promise<PostgresServer> {
    const server = await PostgresServer.#make(parent);
    const { directory } = server;
    await server.#tool('initdb', [
      '-D',
      server.data,
      '-U',
      SUPERUSER,
      '--auth=trust',
      '--no-sync',
      '-E',
      'UTF8',
      '--no-locale',
    ]);
    await server.configure({ ...SETTINGS, port: server.port, unix_socket_directories: `'${directory}'`, ...settings });
    await server.resume();
    return server;
  }

  static async #make(parent: string): Promise<PostgresServer> {
    if (findPostgres() === null) throw new Error(POSTGRES_MISSING);
    const directory = await mkdtemp(join(parent, 'sotto-pg-'));
    const { uid, gid } = unprivileged();
    if (uid !== undefined && gid !== undefined) chownSync(directory, uid, gid);
    return new PostgresServer(directory, await freePort());
  }

  get data(): string {
    return join(this.directory, 'data');
  }

  /** For --store. */
  url(database = 'postgres', user = SUPERUSER): string {
    return `postgres://${user}:secret@127.0.0.1:${this.port}/${database}`;
  }

  /** Adds lines to postgresql.conf; in force after reload() or a start. */
  async configure(settings: Readonly<Record<string, string | number>>): Promise<void> {
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
    await appendFile(join(this.data, 'postgresql.conf'), lines.join(''));
  }

  async reload(): Promise<void> {
    await this.query('SELECT pg_reload_conf()');
  }

  /** Starts it again over what is there; resolves when it answers. */
  async resume(): Promise<void> {
    const log = openSync(join(this.directory, 'log'), 'a');
    for (let attempt = 1; ; attempt++) {
      const child = spawn(join(findPostgres()!, 'postgres'), ['-D', this.data], {
        ...unprivileged(),
        cwd: this.directory,
        stdio: ['ignore', log, log],
      });
      this.#process = child;
      const ended = new Promise<'ended'>((resolve) => child.once('exit', () => resolve('ended')));
      const outcome = await Promise.race([this.#answers().then(() => 'answers' as const), ended]);
      if (outcome === 'answers') return;
      // After a kill the last of its processes may still hold the shared memory.
      if (attempt === 20) throw new Error(`PostgreSQL does not start: ${await this.log()}`);
      await sleep(100);
    }
  }

  /** Of all its processes, the first one first; empty: it does not run. */
  get pids(): number[] {
    const child = this.#process;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return [];
    return [child.pid, ...childrenOf(child.pid)];
  }

  /** After a fault that it may not have survived: resolves when it answers, started again if need be. */
  async outlive(): Promise<void> {
    for (;;) {
      if (this.pids.length === 0) return this.resume();
      const answers = await this.query('SELECT 1').then(
        () => true,
        () => false,
      );
      if (answers) return;
      await sleep(50);
    }
  }

  /** As an operator stops it: `fast` ends connections, `immediate` writes nothing more. */
  async stop(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    await this.#end(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
  }

  /** SIGKILL for all its processes at once, as when the power fails (but for what the system has not written yet). */
  async kill(): Promise<void> {
    const pid = this.#process?.pid;
    if (pid === undefined) return;
    const children = childrenOf(pid);
    const ended = this.#end('SIGKILL');
    for (const child of children) {
      try {
        process.kill(child, 'SIGKILL');
      } catch {
        // It is gone.
      }
    }
    await ended;
  }

  /** Stops it without a word to anybody, until thaw(). */
  freeze(): void {
    this.#signalAll('SIGSTOP');
  }

  thaw(): void {
    this.#signalAll('SIGCONT');
  }

  /** Where its directory is. */
  get parent(): string {
    return join(this.directory, '..');
  }

  /** A standby that follows this one. `name` is its name in synchronous_standby_names. */
  async standby(name: string, parent = this.parent): Promise<PostgresServer> {
    const standby = await PostgresServer.#make(parent);
    const source = `host=127.0.0.1 port=${this.port} user=${SUPERUSER} application_name=${name}`;
    await standby.#tool('pg_basebackup', [
      '-D',
      standby.data,
      '-d',
      source,
      '-R',
      '--no-sync',
      '-X',
      'stream',
      '-c',
      'fast',
    ]);
    await standby.configure({
      port: standby.port,
      unix_socket_directories: `'${standby.directory}'`,
      synchronous_standby_names: "''",
    });
    await standby.resume();
    this.#standbys.push(standby);
    return standby;
  }

  /** Commits wait for this standby from now on; null: for none. */
  async waitFor(name: string | null): Promise<void> {
    await this.configure({ synchronous_standby_names: name === null ? "''" : `'FIRST 1 (${name})'` });
    await this.reload();
    await this.until(
      `SELECT current_setting('synchronous_standby_names') ${name === null ? '=' : '<>'} ''` +
        (name === null ? '' : ` AND EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')`),
    );
  }

  /** A standby becomes a primary. */
  async promote(): Promise<void> {
    await this.query('SELECT pg_promote(true, 30)');
    await this.until('SELECT NOT pg_is_in_recovery()');
  }

  /** One statement as superuser. @returns the rows */
  async query<R extends pg.QueryResultRow = pg.QueryResultRow>(text: string, database = 'postgres'): Promise<R[]> {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: this.port,
      user: SUPERUSER,
      database,
      connectionTimeoutMillis: 5_000,
    });
    await client.connect();
    try {
      return (await client.query<R>(text)).rows;
    } finally {
      await client.end();
    }
  }

  /** Resolves when the statement's first column is true. */
  async until(text: string, database = 'postgres'): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const [row] = await this.query(text, database);
      if (row !== undefined && Object.values(row)[0] === true) return;
      if (attempt === 600) throw new Error(`never: ${text}`);
      await sleep(50);
    }
  }

  async log(): Promise<string> {
    return existsSync(join(this.directory, 'log'))
      ? readFileSync(join(this.directory, 'log'), 'utf8').slice(-2_000)
      : '';
  }

  /** Ends it and its standbys, and removes all files. */
  async dispose(): Promise<void> {
    for (const standby of this.#standbys) await standby.dispose();
    this.thaw();
    await this.#end('SIGQUIT');
    await rm(this.directory, { recursive: true, force: true });
  }

  async #tool(name: string, args: readonly string[]): Promise<void> {
    await run(join(findPostgres()!, name), args, { ...unprivileged(), cwd: this.directory });
  }

  async #answers(): Promise<void> {
    for (;;) {
      try {
        await this.query('SELECT 1');
        return;
      } catch {
        await sleep(30);
        if (this.#process === null || this.#process.exitCode !== null || this.#process.signalCode !== null) {
          await new Promise(() => undefined);
        }
      }
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  #signalAll(signal: NodeJS.Signals): void {
    for (const one of this.pids) {
      try {
        process.kill(one, signal);
      } catch {
        // It is gone.
      }
    }
  }
}

/** From /proc: the second column after the name in brackets is the parent. */
function childrenOf(parent: number): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(ppid) === parent ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
