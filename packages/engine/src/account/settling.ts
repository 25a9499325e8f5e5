/** What is still under way before a device is quite there: what waited for it, and what it has to say first. */
import type { Timers } from '../timers.ts';

/** A node that stops sending, or does not answer, does not keep a device from being there. */
const PATIENCE_MS = 5000;

export class Settling {
  readonly #timers: Timers;
  readonly #onChange: () => void;
  /** Envelopes that waited at the home and are not taken in yet. */
  #backlog = 0;
  #cancelBacklog: () => void = () => undefined;
  readonly #underWay = new Set<object>();

  /** @param onChange it may be over */
  constructor(timers: Timers, onChange: () => void) {
    this.#timers = timers;
    this.#onChange = onChange;
  }

  get isOver(): boolean {
    return this.#backlog === 0 && this.#underWay.size === 0;
  }

  /** How much waits there is told next. */
  begin(): void {
    this.#backlog = 1;
  }

  /** So many envelopes are coming. */
  expect(count: number): void {
    this.#backlog = Math.max(0, count);
    this.#cancelBacklog();
    if (this.#backlog > 0) this.#cancelBacklog = this.#timers.after(PATIENCE_MS, () => this.expect(0));
    else this.#onChange();
  }

  /** So many were taken in. */
  taken(count: number): void {
    if (this.#backlog > 0) this.expect(this.#backlog - count);
  }

  /** Work without which a device is not quite there. */
  during(work: Promise<unknown>): void {
    const mark = {};
    const end = (): void => {
      cancel();
      if (this.#underWay.delete(mark) && this.isOver) this.#onChange();
    };
    const cancel = this.#timers.after(PATIENCE_MS, end);
    this.#underWay.add(mark);
    work.then(end, end);
  }
}
