import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '../log.ts';
import { NodeCore } from '../node-core.ts';
import { nodeIdentityOf } from '../node-identity.ts';
import { NodeMetrics } from '../node-metrics.ts';
import { memoryRingFile } from '../ring/ring-file.ts';
import { createServer, type NodeServer } from '../server/create-server.ts';
import { codeOf, reasonOf } from '../server/file-error.ts';
import { nodeClock } from '../server/node-clock.ts';
import { ownUrls } from '../server/own-urls.ts';
import { StageTimes } from '../stages/stage-times.ts';
import { trimMemory } from '../server/trim-memory.ts';
import type { BatchChannel } from './batch-channel.ts';
import { dividedLimits } from './divided-limits.ts';
import { LiveKeysProxy } from './live-keys-proxy.ts';
import { assignMetrics } from './metrics-sum.ts';
import { writeValue } from './packed-values.ts';
import { StoreProxy } from './store-proxy.ts';
import { WakeProxy } from './wake-proxy.ts';
import { type PageAnswer, REPORT, type StartOrder, type WorkerOrder, type WorkerReport } from './worker-orders.ts';

const REPORT_EVERY_MS = 1000;
/** The supervisor expires for all. The longest that a timer may wait. */
const NEVER_MS = 0x7fff_ffff;

/** One of the processes that share the port: a node of its own, but for the store and what it says to the others. */
export class NodeWorker {
  readonly #channel: BatchChannel;
  readonly #order: StartOrder;
  readonly #log: Log;
  readonly #metrics = new NodeMetrics();
  /** Of all workers, for the page. */
  readonly #sum = new NodeMetrics();
  readonly #pages = new Map<number, (answer: PageAnswer) => void>();
  #lastPage = 0;
  #server: NodeServer | null = null;
  #draining: Promise<void> | null = null;

  constructor(channel: BatchChannel, order: StartOrder, log: Log) {
    this.#channel = channel;
    this.#order = order;
    this.#log = log;
  }

  async start(): Promise<void> {
    try {
      this.#server = await this.#listen();
    } catch (error) {
      this.#report({ report: 'failed', code: codeOf(error), message: reasonOf(error) });
      return;
    }
    trimMemory();
    setInterval(() => this.#reportMetrics(), REPORT_EVERY_MS).unref();
    this.#report({ report: 'listening' });
  }

  hear(order: Exclude<WorkerOrder, { order: 'start' }>): void {
    if (order.order === 'drain') {
      void this.drain();
    } else {
      this.#pages.get(order.number)?.(order.page);
      this.#pages.delete(order.number);
    }
  }

  /** Ends the process when everything is answered. */
  drain(): Promise<void> {
    this.#draining ??= this.#end();
    return this.#draining;
  }

  async #end(): Promise<void> {
    this.#log.info('draining', { links: this.#metrics.linksOpen });
    await this.#server?.close();
    this.#reportMetrics();
    this.#channel.close();
    // The last batch leaves with this turn.
    await wait(0);
    process.exit(0);
  }

  #listen(): Promise<NodeServer> {
    const { config, port, secrets, tls, ring, workers } = this.#order;
    const store = config.store === 'none' ? null : new StoreProxy(this.#channel);
    const wake = new WakeProxy(this.#channel, store === null ? new LiveKeysProxy(this.#channel) : null);
    const identity = nodeIdentityOf(nodePrimitives, secrets, ring?.founders ?? null);
    const { host } = config.listen;
    const file = memoryRingFile();
    if (ring !== null) file.save(ring);
    const urls = ownUrls({ publicUrl: config.publicUrl, host, isTls: tls !== null }, port);
    return createServer({
      host,
      port,
      sharesPort: true,
      tls:
        tls === null
          ? null
          : { cert: Buffer.from(tls.cert), key: Buffer.from(tls.key), ticketKeys: Buffer.from(tls.ticketKeys) },
      metrics: this.#metrics,
      isRoom: false,
      publicUrl: config.publicUrl,
      web: config.web,
      watchers: config.watchers,
      trustedProxies: config.trustedProxies,
      ringPage: () => this.#ringPage(),
      metricsPage: () => this.#metricsPage(),
      core: () =>
        new NodeCore({
          primitives: nodePrimitives,
          random: systemRandom,
          clock: nodeClock,
          defer: (callback) => void setImmediate(callback),
          store,
          identity,
          urls,
          psk: null,
          limits: { ...dividedLimits(config.limits, workers), bodySizes: config.bodySizes, expireEveryMs: NEVER_MS },
          log: this.#log,
          metrics: this.#metrics,
          onGuest: () => {},
          // Whoever wants to join finds nobody here who may let it in: a ring of several nodes needs one process.
          ring: { dialer: null, file, epochSeconds: config.epochSeconds, admits: 'invite' },
          wake,
          stages: new StageTimes({
            every: config.traceEvery,
            random: systemRandom,
            nowMs: () => performance.now(),
            metrics: this.#metrics,
          }),
        }),
    });
  }

  async #metricsPage(): Promise<{ contentType: string; text: string }> {
    this.#reportMetrics();
    const answer = await this.#ask('metrics');
    if (answer.page !== 'metrics') throw new Error('another page');
    const { metricsText } = await import('../server/prometheus.ts');
    assignMetrics(this.#sum, answer.sum);
    return metricsText(this.#sum, answer.processes);
  }

  async #ringPage(): Promise<string> {
    const answer = await this.#ask('ring');
    return answer.page === 'ring' ? answer.text : '';
  }

  #ask(page: 'metrics' | 'ring'): Promise<PageAnswer> {
    return new Promise((resolve) => {
      const number = ++this.#lastPage;
      this.#pages.set(number, resolve);
      this.#report({ report: 'page', number, page });
    });
  }

  #reportMetrics(): void {
    const { user, system } = process.cpuUsage();
    const usage = { cpuUserMicros: user, cpuSystemMicros: system, residentBytes: process.memoryUsage.rss() };
    this.#report({ report: 'metrics', metrics: this.#metrics, usage });
  }

  #report(report: WorkerReport): void {
    writeValue(this.#channel.post(REPORT), report);
  }
}
