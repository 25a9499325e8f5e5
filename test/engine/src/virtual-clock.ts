import type { Clock } from '@sotto/engine';

interface Task {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Time that passes only when told to. */
export class VirtualClock implements Clock {
  #nowMs: number;
  #order = 0;
  readonly #tasks = new Set<Task>();

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  after(ms: number, callback: () => void): () => void {
    // As real clocks, it knows whole milliseconds only.
    const task = { atMs: this.#nowMs + Math.ceil(Math.max(0, ms)), order: this.#order++, run: callback };
    this.#tasks.add(task);
    return () => void this.#tasks.delete(task);
  }

  /** Runs what is due now and what that causes, until nothing is left. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3;) {
      quiet = this.#runDue() ? 0 : quiet + 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Lets `ms` pass, stopping at each task on the way. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await this.settle();
    for (;;) {
      let next = Infinity;
      for (const { atMs } of this.#tasks) next = Math.min(next, atMs);
      if (next > endMs) break;
      this.#nowMs = next;
      await this.settle();
    }
    this.#nowMs = endMs;
  }

  /** Lets time pass in steps until it is so. */
  async until(condition: () => boolean | Promise<boolean>, withinMs = 120_000): Promise<void> {
    const endMs = this.#nowMs + withinMs;
    await this.settle();
    while (!(await condition())) {
      if (this.#nowMs >= endMs) throw new Error(`not within ${withinMs} ms of virtual time`);
      await this.advance(50);
    }
  }

  #runDue(): boolean {
    const due: Task[] = [];
    for (const task of this.#tasks) if (task.atMs <= this.#nowMs) due.push(task);
    if (due.length === 0) return false;
    due.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
    for (const task of due) {
      if (this.#tasks.delete(task)) task.run();
    }
    return true;
  }
}
