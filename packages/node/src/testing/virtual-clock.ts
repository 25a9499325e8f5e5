import type { Clock } from '@sotto/protocol/link';

interface Task {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** A clock that stands still until told to go on. */
export class VirtualClock implements Clock {
  #nowMs: number;
  #order = 0;
  #tasks: Task[] = [];

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  after(ms: number, callback: () => void): () => void {
    const task: Task = { atMs: this.#nowMs + ms, order: this.#order++, run: callback };
    this.#tasks.push(task);
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== task);
    };
  }

  readonly defer = (callback: () => void): void => {
    this.after(0, callback);
  };

  /** Runs what is due now, and what that causes, promises of a store in memory included. */
  async settle(): Promise<void> {
    let quiet = 0;
    while (quiet < 3) {
      quiet = this.#runDue() ? 0 : quiet + 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Lets `ms` pass, stopping at each task on the way. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await this.settle();
    for (;;) {
      const next = this.#tasks.reduce((least, { atMs }) => Math.min(least, atMs), Infinity);
      if (next > endMs) break;
      this.#nowMs = next;
      await this.settle();
    }
    this.#nowMs = endMs;
  }

  /** Time passes and nothing runs: the machine slept. What is due comes with the next settle() or advance(). */
  jump(ms: number): void {
    this.#nowMs += ms;
  }

  #runDue(): boolean {
    const due = this.#tasks.filter(({ atMs }) => atMs <= this.#nowMs);
    if (due.length === 0) return false;
    this.#tasks = this.#tasks.filter(({ atMs }) => atMs > this.#nowMs);
    due.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
    for (const task of due) task.run();
    return true;
  }
}
