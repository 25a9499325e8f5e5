import type { Clock } from '../../ports.ts';

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Time that passes only when a test says so. */
export class VirtualClock implements Clock {
  #nowMs = 1_790_000_000_000;
  #order = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#nowMs;
  }

  after(ms: number, callback: () => void): () => void {
    const timer: Timer = { atMs: this.#nowMs + ms, order: this.#order++, run: callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Somebody sets it. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }

  /** Timers that are still to come. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Runs what is due now, and what follows from it. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 25; quiet++) {
      await Promise.resolve();
      const due = [...this.#timers].filter(({ atMs }) => atMs <= this.#nowMs);
      if (due.length === 0) continue;
      quiet = 0;
      due.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
      for (const timer of due) {
        // One of them may have cancelled another.
        if (!this.#timers.delete(timer)) continue;
        timer.run();
        await Promise.resolve();
      }
    }
  }

  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await this.settle();
    for (;;) {
      const nextMs = [...this.#timers].reduce((least, { atMs }) => Math.min(least, atMs), Infinity);
      if (nextMs > endMs) break;
      this.#nowMs = nextMs;
      await this.settle();
    }
    this.#nowMs = endMs;
  }
}
