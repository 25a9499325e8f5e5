import type { Clock } from '@sotto/protocol/link';
import { describeError, type Log } from '../log.ts';
import { type Lease, LeaseLost, type Leases } from '../store/postgres/leases.ts';
import type { UpkeepTask } from '../store/postgres/upkeep.ts';

export interface UpkeepWorkerOptions {
  readonly leases: Leases;
  readonly tasks: readonly UpkeepTask[];
  readonly clock: Clock;
  readonly log: Log;
  /** Of this process alone: a worker that starts anew is another one. */
  readonly owner: string;
  /** Who does not renew a lease for so long loses it. */
  readonly leaseMs: number;
}

interface Work {
  readonly task: UpkeepTask;
  lease: Lease | null;
  /** When it is to be done again. */
  dueMs: number;
  running: Promise<void> | null;
}

/** Takes leases, keeps them, and does what belongs to them when it is due (OPS-30, OPS-31). */
export class UpkeepWorker {
  readonly #options: UpkeepWorkerOptions;
  readonly #work: readonly Work[];
  #ticking: Promise<void> | null = null;
  #cancel: () => void = () => {};
  #stopped = false;

  constructor(options: UpkeepWorkerOptions) {
    this.#options = options;
    this.#work = options.tasks.map((task) => ({ task, lease: null, dueMs: 0, running: null }));
  }

  /** Names of the leases that this process has, as far as it knows. */
  get held(): string[] {
    return this.#work.filter(({ lease }) => lease !== null).map(({ task }) => task.lease);
  }

  start(): void {
    this.#tick();
  }

  /** Ends what is under way, then gives the leases back. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#ticking;
    for (const work of this.#work) {
      await work.running;
      if (work.lease !== null) await this.#options.leases.end(work.lease).catch(() => {});
      work.lease = null;
    }
  }

  readonly #tick = (): void => {
    const { clock, leaseMs } = this.#options;
    this.#ticking ??= Promise.all(this.#work.map((work) => this.#look(work))).then(() => {
      this.#ticking = null;
    });
    this.#cancel = clock.after(leaseMs / 3, this.#tick);
  };

  async #look(work: Work): Promise<void> {
    const { leases, log, owner, leaseMs, clock } = this.#options;
    const { task } = work;
    const before = work.lease;
    try {
      work.lease = await leases.take(task.lease, owner, leaseMs);
    } catch (error) {
      // Perhaps still ours, perhaps not: the fence decides.
      log.warn('lease-failed', { lease: task.lease, ...describeError(error) });
      return;
    }
    if (work.lease !== null && work.lease.fence !== before?.fence) {
      log.info('lease-taken', { lease: task.lease, fence: work.lease.fence });
      work.dueMs = 0;
    }
    if (work.lease === null && before !== null) log.warn('lease-lost', { lease: task.lease });
    if (this.#stopped || work.lease === null || work.running !== null || clock.now() < work.dueMs) return;
    work.dueMs = clock.now() + task.everyMs;
    work.running = this.#run(work, work.lease).finally(() => {
      work.running = null;
    });
  }

  async #run(work: Work, lease: Lease): Promise<void> {
    const { leases, log, clock } = this.#options;
    try {
      const count = await work.task.run(leases, lease, Math.floor(clock.now() / 1000));
      log.info('worked', { lease: lease.name, count });
    } catch (error) {
      if (error instanceof LeaseLost) {
        log.warn('lease-lost', { lease: lease.name });
        if (work.lease === lease) work.lease = null;
      } else {
        log.error('work-failed', { lease: lease.name, ...describeError(error) });
        // Soon again: most likely the database is away.
        work.dueMs = 0;
      }
    }
  }
}
