import type { ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { PostgresServer } from '../../../../packages/node/src/store/postgres/testing/postgres-server.ts';
import { RedisServer } from '../../../../packages/node/src/wake/redis/testing/redis-server.ts';
import { end, type NodeProcess, Playground } from '../processes.ts';
import { Balancer, freePort } from './balancer.ts';

const EDGES = ['edge-1', 'edge-2'] as const;
const KEY = 'node-identity.json';
/** A standby that lost its primary looks for it this often; of itself only every 5 s. */
const SETTINGS = { max_wal_size: '64MB', wal_retrieve_retry_interval: '500ms' };

/** A worker and what it said. */
export interface WorkerProcess {
  readonly child: ChildProcess;
  log(): string;
}

/**
 * One node as an organisation runs it: two edges behind a balancer, workers, a PostgreSQL with a synchronous standby, and
 * Redis; all of them processes of this machine that can be killed and started again.
 */
export class OperatedService {
  readonly playground: Playground;
  readonly redis: RedisServer;
  readonly balancer: Balancer;
  /** Of the edges. */
  readonly ports: readonly number[];
  primary: PostgresServer;
  standby: PostgresServer;
  readonly #first: PostgresServer;
  readonly #edges: (NodeProcess | null)[] = [null, null];
  readonly #logs: NodeProcess[] = [];

  private constructor(parts: {
    playground: Playground;
    redis: RedisServer;
    balancer: Balancer;
    ports: readonly number[];
    primary: PostgresServer;
    standby: PostgresServer;
  }) {
    this.playground = parts.playground;
    this.redis = parts.redis;
    this.balancer = parts.balancer;
    this.ports = parts.ports;
    this.primary = parts.primary;
    this.#first = parts.primary;
    this.standby = parts.standby;
  }

  /** @param standbyParent where the standby's directory is made; null: beside the primary's */
  static async start(standbyParent: string | null): Promise<OperatedService> {
    const playground = await Playground.create();
    const ports = [await freePort(), await freePort()];
    const [primary, redis, balancer] = await Promise.all([
      PostgresServer.start({ settings: SETTINGS }),
      RedisServer.start({ password: 'geheim' }),
      Balancer.start(ports),
    ]);
    const standby = await primary.standby('second', standbyParent ?? undefined);
    await primary.waitFor('second');
    const service = new OperatedService({ playground, redis, balancer, ports, primary, standby });
    await service.startEdge(0);
    mkdirSync(playground.path(EDGES[1]));
    copyFileSync(playground.path(EDGES[0], KEY), playground.path(EDGES[1], KEY));
    await service.startEdge(1);
    return service;
  }

  /** For --store: both hosts. */
  get store(): string {
    return this.storeAt(`127.0.0.1:${this.primary.port},127.0.0.1:${this.standby.port}`);
  }

  storeAt(hosts: string): string {
    return `postgres://postgres:secret@${hosts}/postgres`;
  }

  /** Resolves when it listens. */
  async startEdge(at: number, store = this.store): Promise<void> {
    const shared = ['--store', store, '--durability', 'standby', '--redis', this.redis.url];
    const args = [...shared, '--public-url', this.balancer.url, '--web', 'off', '--log-level', 'warn'];
    const edge = await this.playground.node(EDGES[at]!, args, this.ports[at]);
    this.#edges[at] = edge;
    this.#logs.push(edge);
  }

  runs(at: number): boolean {
    return this.#edges[at] !== null;
  }

  /** SIGKILL, at once; the promise is for its end. */
  async killEdge(at: number): Promise<void> {
    const edge = this.#edges[at];
    this.#edges[at] = null;
    await edge?.end('SIGKILL');
  }

  /** Standard error of all edges. */
  log(): string {
    return this.#logs.map((edge) => edge.log()).join('');
  }

  /** Resolves when it works. */
  async startWorker(): Promise<WorkerProcess> {
    const args = ['worker', '--store', this.store, '--durability', 'standby', '--redis', this.redis.url, '--json'];
    const child = this.playground.start(args);
    let log = '';
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (data: Buffer) => (log += data.toString()));
    while (!log.includes('"working"')) await pause(20);
    return { child, log: () => log };
  }

  /** The standby takes over, gets a standby of its own, and the old primary stays down. */
  async failOver(): Promise<void> {
    await this.primary.kill();
    await this.standby.promote();
    this.primary = this.standby;
    this.standby = await this.primary.standby('third', this.#first.parent);
    await this.primary.waitFor('third');
  }

  /** Ends all edges as an operator does. @returns their exit codes */
  stopEdges(): Promise<(number | null)[]> {
    return Promise.all(this.#edges.map((edge) => edge?.end('SIGTERM') ?? Promise.resolve(null)));
  }

  async dispose(): Promise<void> {
    await this.playground.dispose();
    await this.balancer.stop();
    await Promise.all([this.#first.dispose(), this.redis.dispose()]);
  }
}

/** SIGKILL. */
export const killWorker = (worker: WorkerProcess): Promise<number | null> => end(worker.child, 'SIGKILL');
