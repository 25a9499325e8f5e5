import type { Log } from '../log.ts';
import type { NodeMetrics } from '../node-metrics.ts';
import type { ProcessFigures } from '../server/prometheus.ts';
import type { BatchChannel } from './batch-channel.ts';
import { MetricsSum } from './metrics-sum.ts';
import { RestartPace } from './restart-pace.ts';
import { WorkerChild } from './worker-child.ts';
import type { PageAnswer, ProcessUsage, StartOrder, WorkerReport } from './worker-orders.ts';

/** Why the first workers could not start: the text is the system's own code. */
export class WorkerStartError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'WorkerStartError';
    this.code = code;
  }
}

export interface SupervisorParts {
  readonly log: Log;
  /** Of the supervisor's own process. */
  readonly metrics: NodeMetrics;
  readonly order: Omit<StartOrder, 'worker'>;
  /** A worker's channel is open: whatever it may ask is to be answered. */
  readonly serve: (channel: BatchChannel) => void;
  readonly ringPage: () => Promise<string>;
}

interface Seat {
  readonly number: number;
  readonly pace: RestartPace;
  child: WorkerChild | null;
  listening: boolean;
  usage: ProcessUsage | null;
}

const OWN = 0;
/** Workers that hang are cut: what was acknowledged is with this process already. */
const DRAIN_MS = 7000;

/** Keeps the workers of a node running (OPS-44). */
export class Supervisor {
  readonly #parts: SupervisorParts;
  readonly #sum = new MetricsSum();
  readonly #seats: readonly Seat[];
  readonly #started = Promise.withResolvers<void>();
  readonly #startedAtSeconds: number;
  readonly #timers = new Set<NodeJS.Timeout>();
  #goneMicros = { user: 0, system: 0 };
  #restarts = 0;
  #ready = false;
  #stopping = false;

  /** @param nowMs when the node started */
  constructor(parts: SupervisorParts, nowMs: number) {
    this.#parts = parts;
    this.#startedAtSeconds = nowMs / 1000;
    this.#seats = Array.from({ length: parts.order.workers }, (_, at) => ({
      number: at + 1,
      pace: new RestartPace(),
      child: null,
      listening: false,
      usage: null,
    }));
  }

  /** Of all processes together. */
  get metrics(): NodeMetrics {
    this.#sum.report(OWN, this.#parts.metrics);
    return this.#sum.total();
  }

  /**
   * Resolves when all of them listen.
   * @throws WorkerStartError when one cannot
   */
  async start(): Promise<void> {
    for (const seat of this.#seats) this.#seat(seat);
    await this.#started.promise;
    this.#ready = true;
  }

  /** All of them take nothing new, finish what is on its way, and end. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
    const running = this.#seats.flatMap(({ child }) => (child === null ? [] : [child]));
    for (const child of running) child.tell({ order: 'drain' });
    const cut = setTimeout(() => {
      this.#parts.log.warn('workers-cut', {});
      for (const child of running) child.kill();
    }, DRAIN_MS);
    await Promise.all(running.map(({ ended }) => ended));
    clearTimeout(cut);
  }

  #seat(seat: Seat): void {
    const child = new WorkerChild((report) => this.#hear(seat, child, report));
    seat.child = child;
    seat.pace.started(performance.now());
    this.#parts.serve(child.channel);
    child.tell({ order: 'start', start: { ...this.#parts.order, worker: seat.number } });
    void child.ended.then(({ code, signal }) => this.#ended(seat, code, signal));
  }

  #ended(seat: Seat, code: number | null, signal: string | null): void {
    const wasListening = seat.listening;
    seat.child = null;
    seat.listening = false;
    this.#sum.gone(seat.number);
    this.#goneMicros.user += seat.usage?.cpuUserMicros ?? 0;
    this.#goneMicros.system += seat.usage?.cpuSystemMicros ?? 0;
    seat.usage = null;
    if (this.#stopping) return;
    if (!this.#ready) {
      this.#started.reject(new WorkerStartError('died', `worker ${seat.number} ended with ${code ?? signal}`));
      return;
    }
    const delayMs = seat.pace.ended(performance.now());
    this.#restarts += 1;
    this.#parts.log.error('worker-ended', {
      worker: seat.number,
      code: code ?? -1,
      signal: signal ?? 'none',
      listening: wasListening,
      againInMs: delayMs,
    });
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#seat(seat);
    }, delayMs);
    this.#timers.add(timer);
  }

  #hear(seat: Seat, child: WorkerChild, report: WorkerReport): void {
    switch (report.report) {
      case 'listening':
        seat.listening = true;
        if (this.#ready) this.#parts.log.info('worker-listening', { worker: seat.number });
        else if (this.#seats.every(({ listening }) => listening)) this.#started.resolve();
        break;
      case 'failed':
        if (this.#ready) this.#parts.log.error('worker-failed', { worker: seat.number, code: report.code });
        else this.#started.reject(new WorkerStartError(report.code, report.message));
        child.kill();
        break;
      case 'metrics':
        this.#sum.report(seat.number, report.metrics);
        seat.usage = report.usage;
        break;
      case 'page':
        void this.#page(report.page).then((page) => child.tell({ order: 'page', number: report.number, page }));
        break;
    }
  }

  async #page(page: 'metrics' | 'ring'): Promise<PageAnswer> {
    if (page === 'ring') return { page, text: await this.#parts.ringPage() };
    return { page, sum: this.metrics, processes: this.#processes() };
  }

  #processes(): ProcessFigures {
    const own = process.cpuUsage();
    let [user, system] = [own.user + this.#goneMicros.user, own.system + this.#goneMicros.system];
    let residentBytes = process.memoryUsage.rss();
    for (const { usage } of this.#seats) {
      user += usage?.cpuUserMicros ?? 0;
      system += usage?.cpuSystemMicros ?? 0;
      residentBytes += usage?.residentBytes ?? 0;
    }
    return {
      cpuUserSeconds: user / 1e6,
      cpuSystemSeconds: system / 1e6,
      residentBytes,
      workers: this.#seats.filter(({ listening }) => listening).length,
      restarts: this.#restarts,
      startedAt: this.#startedAtSeconds,
    };
  }
}
