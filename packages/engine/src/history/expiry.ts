/** Takes out messages whose time is over; deadlines are in the rows, so they hold over restarts (ENG-22). */
import type { Database } from '../store/database.ts';
import type { History } from './history.ts';
import type { Timers } from '../timers.ts';
import type { Wiping } from './wiping.ts';

/** Looked at again at least so often: timers do not run while a machine sleeps, and long ones overflow. */
const MAX_WAIT_MS = 60_000;
/** After a fault of our own disk. */
const FAULT_PAUSE_MS = 5000;
/** Messages in one transaction. */
const BATCH = 100;

export class Expiry {
  readonly #database: Database;
  readonly #history: History;
  readonly #wiping: Wiping;
  readonly #timers: Timers;
  #cancel: (() => void) | null = null;

  constructor(database: Database, history: History, wiping: Wiping, timers: Timers) {
    this.#database = database;
    this.#history = history;
    this.#wiping = wiping;
    this.#timers = timers;
  }

  /** Looks when the next time is over; to be called whenever the time of a message began. */
  start(): void {
    this.#database.afterCommit(() => {
      this.#cancel?.();
      this.#cancel = null;
      const row = this.#database.store.get(
        'SELECT min(expires_at) AS at FROM message WHERE hidden = 0 AND expires_at > 0',
      );
      if (typeof row?.['at'] === 'number') this.#wait(Math.max(0, row['at'] - this.#timers.now()));
    });
  }

  #wait(ms: number): void {
    this.#cancel = this.#timers.after(Math.min(ms, MAX_WAIT_MS), () => {
      this.#cancel = null;
      try {
        this.#run(this.#timers.now());
      } catch (error) {
        this.#wait(FAULT_PAUSE_MS);
        throw error;
      }
      this.start();
    });
  }

  #run(nowMs: number): void {
    this.#database.transaction(() => {
      const where = 'WHERE hidden = 0 AND expires_at BETWEEN 1 AND ? ORDER BY expires_at LIMIT ?';
      for (const row of this.#history.select(where, nowMs, BATCH)) this.#wiping.remove(row, nowMs);
    });
  }
}
