/** Asks other own devices for what never came, when it is time. */
import { KIND } from '../outbox/outbox-rows.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Random } from '../ports.ts';
import type { Database } from '../store/database.ts';
import type { Timers } from '../timers.ts';
import type { SelfSync } from './self-sync.ts';
import type { SyncGaps } from './sync-gaps.ts';

export class SyncQuestions {
  readonly #timers: Timers;
  readonly #database: Database;
  readonly #random: Random;
  readonly #gaps: SyncGaps;
  readonly #self: SelfSync;
  readonly #outbox: () => Outbox;
  #cancel: (() => void) | null = null;
  #dueAt = 0;

  constructor(
    timers: Timers,
    database: Database,
    random: Random,
    gaps: SyncGaps,
    self: SelfSync,
    outbox: () => Outbox,
  ) {
    this.#timers = timers;
    this.#database = database;
    this.#random = random;
    this.#gaps = gaps;
    this.#self = self;
    this.#outbox = outbox;
  }

  /** Also takes up what an earlier run left. */
  start(): void {
    this.#database.afterCommit(() => {
      const deadline = this.#gaps.deadline();
      if (deadline === null || (this.#cancel !== null && deadline >= this.#dueAt)) return;
      this.#cancel?.();
      this.#dueAt = deadline;
      this.#cancel = this.#timers.after(Math.max(1, deadline - this.#timers.now()), () => {
        this.#cancel = null;
        this.#ask();
        this.start();
      });
    });
  }

  #ask(): void {
    const nowMs = this.#timers.now();
    this.#database.transaction(() => {
      for (const { device, orders } of this.#gaps.due(nowMs)) {
        const payload = { sentAt: nowMs, orders };
        this.#outbox().plan(this.#self.contact(), this.#random(16), KIND.askAgain, payload, device);
      }
    });
  }
}
