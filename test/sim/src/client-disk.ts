import type { ClientStore, NotPromise, SqlRow, SqlValue } from '@sotto/engine';
import { StoreError } from '@sotto/engine';
import { ProcessEnded, type VirtualProcess } from './virtual-process.ts';

/** When a process dies: before the commit is on the disk, or with the commit on the disk and nothing done about it. */
export type CrashMoment = 'before-commit' | 'after-commit';

/**
 * A client's database as one life of the client sees it. The process can die at a commit, and the disk can be full;
 * a dead process writes and reads nothing.
 */
export class ClientDisk implements ClientStore {
  /** What survives: the same store for every life of the client. */
  readonly #durable: ClientStore;
  readonly #process: VirtualProcess;
  readonly #isFull: () => boolean;
  #inTransaction = false;
  #forget: (() => void) | null = null;
  #crash: { commitsLeft: number; readonly moment: CrashMoment } | null = null;

  constructor(durable: ClientStore, process: VirtualProcess, isFull: () => boolean) {
    this.#durable = durable;
    this.#process = process;
    this.#isFull = isFull;
  }

  /** The process dies at a commit that is to come. @param commits 1: the next one */
  crashAt(commits: number, moment: CrashMoment): void {
    this.#crash = { commitsLeft: commits, moment };
  }

  /** Forgets a planned death. */
  spare(): void {
    this.#crash = null;
  }

  run(sql: string, ...values: SqlValue[]): void {
    this.#requireLife();
    if (/^(BEGIN|COMMIT|ROLLBACK)/.test(sql)) return this.#bracket(sql);
    if (this.#inTransaction) this.#durable.run(sql, ...values);
    else this.transaction(() => this.#durable.run(sql, ...values));
  }

  get(sql: string, ...values: SqlValue[]): SqlRow | undefined {
    this.#requireLife();
    return this.#durable.get(sql, ...values);
  }

  all(sql: string, ...values: SqlValue[]): SqlRow[] {
    this.#requireLife();
    return this.#durable.all(sql, ...values);
  }

  transaction<T>(body: () => NotPromise<T>): T {
    this.#requireLife();
    const crashes = this.#countCommit();
    this.#inTransaction = true;
    try {
      const result = this.#durable.transaction(() => {
        const value = body();
        if (this.#isFull()) throw new StoreError('disk-full', 'The disk is full.');
        if (crashes === 'before-commit') this.#process.kill();
        // A process that died while it was writing commits nothing either.
        this.#requireLife();
        return value;
      });
      if (crashes === 'after-commit') this.#process.kill();
      return result;
    } finally {
      this.#inTransaction = false;
    }
  }

  /** The disk outlives the client. */
  close(): void {}

  /** A transaction that lasts over several turns: undone when the process dies in it. */
  #bracket(sql: string): void {
    this.#durable.run(sql);
    this.#inTransaction = sql.startsWith('BEGIN');
    this.#forget?.();
    this.#forget = this.#inTransaction ? this.#process.onKill(() => this.#durable.run('ROLLBACK')) : null;
  }

  #countCommit(): CrashMoment | null {
    if (this.#crash === null || --this.#crash.commitsLeft > 0) return null;
    const { moment } = this.#crash;
    this.#crash = null;
    return moment;
  }

  #requireLife(): void {
    if (!this.#process.alive) throw new ProcessEnded();
  }
}
