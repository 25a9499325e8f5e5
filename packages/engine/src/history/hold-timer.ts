/** Ends the waiting for missing messages when its time has come. */
import type { Database } from '../store/database.ts';
import type { Ordering } from './ordering.ts';
import type { Timers } from '../timers.ts';

/** After a fault of our own disk. */
const FAULT_PAUSE_MS = 5000;

export class HoldTimer {
  readonly #database: Database;
  readonly #ordering: Ordering;
  readonly #timers: Timers;
  #cancel: (() => void) | null = null;

  constructor(database: Database, ordering: Ordering, timers: Timers) {
    this.#database = database;
    this.#ordering = ordering;
    this.#timers = timers;
  }

  /** Looks when something held is due; also takes up what an earlier run held. */
  start(): void {
    this.#database.afterCommit(() => {
      if (this.#cancel !== null) return;
      const deadline = this.#ordering.deadline();
      if (deadline !== null) this.#wait(Math.max(0, deadline - this.#timers.now()));
    });
  }

  #wait(ms: number): void {
    this.#cancel = this.#timers.after(ms, () => {
      this.#cancel = null;
      try {
        this.#ordering.expire(this.#timers.now());
      } catch (error) {
        this.#wait(FAULT_PAUSE_MS);
        throw error;
      }
      this.start();
    });
  }
}
