/** Asks other own devices for what never came, when it is time, and after a long absence (DEV-10). */
import type { EventStream } from '../event-stream.ts';
import { KIND } from '../outbox/outbox-rows.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Random } from '../ports.ts';
import type { Database } from '../store/database.ts';
import type { Timers } from '../timers.ts';
import type { SelfSync } from './self-sync.ts';
import { MAX_ASKED } from './sync-gaps.ts';
import type { SyncGaps } from './sync-gaps.ts';
import { say } from '../sentences/say.ts';

const LAST_ONLINE = 'last-online';
/** Shorter than nodes keep an envelope: what came up meanwhile may be gone, without anything after it that shows the gap. */
const ABSENCE_MS = 10 * 86_400_000;

/** ms since 1970; null: never, with other devices. */
export const lastOnline = (database: Database): number | null =>
  (database.getMeta(LAST_ONLINE) as { at: number } | null)?.at ?? null;

export class SyncQuestions {
  readonly #events: EventStream;
  readonly #timers: Timers;
  readonly #database: Database;
  readonly #random: Random;
  readonly #gaps: SyncGaps;
  readonly #self: SelfSync;
  readonly #outbox: () => Outbox;
  #cancel: (() => void) | null = null;
  #dueAt = 0;

  constructor(
    events: EventStream,
    timers: Timers,
    database: Database,
    random: Random,
    gaps: SyncGaps,
    self: SelfSync,
    outbox: () => Outbox,
  ) {
    this.#events = events;
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
        this.#askDue();
        this.start();
      });
    });
  }

  /** This device is attached, or still is. After a long absence the others are asked what there was. */
  online(others: readonly number[]): void {
    const nowMs = this.#timers.now();
    const last = lastOnline(this.#database) ?? nowMs;
    this.#database.transaction(() => {
      this.#database.setMeta(LAST_ONLINE, { at: nowMs });
      if (nowMs - last < ABSENCE_MS) return;
      const self = this.#self.contact().id;
      for (const device of others) {
        const next = this.#gaps.next(self, device);
        this.#ask(
          device,
          Array.from({ length: MAX_ASKED }, (_, i) => next + i),
        );
      }
    });
  }

  #askDue(): void {
    this.#database.transaction(() => {
      const { questions, givenUp } = this.#gaps.due(this.#timers.now());
      for (const { device, orders } of questions) this.#ask(device, orders);
      if (givenUp === 0) return;
      this.#events.notice('sync-incomplete', say('notice-sync-incomplete'));
    });
  }

  #ask(device: number, orders: readonly number[]): void {
    const payload = { sentAt: this.#timers.now(), orders };
    this.#outbox().plan(this.#self.contact(), this.#random(16), KIND.askAgain, payload, device);
  }
}
