import type { Clock } from '@sotto/protocol/link';

interface Timer {
  readonly at: number;
  /** Timers of one instant run in the order they were set. */
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** Timers of one instant; more mean that somebody goes round in circles. */
const MOST_AT_ONCE = 100_000;

/** Timers set one another without end, and time does not pass. */
export class StandstillError extends Error {
  constructor() {
    super('Time stands still: timers set one another without end.');
    this.name = 'StandstillError';
  }
}

/** Time that passes only when the simulation says so. */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  // A binary heap by (at, order).
  readonly #heap: Timer[] = [];

  constructor(startMs: number) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order++, run: callback, cancelled: false };
    this.#push(timer);
    return () => {
      timer.cancelled = true;
    };
  }

  /** Runs timers, each followed by everything it set off, until `untilMs` or until none is left. */
  async run(untilMs: number): Promise<void> {
    await settle();
    let atOnce = 0;
    for (let timer = this.#pop(untilMs); timer !== null; timer = this.#pop(untilMs)) {
      atOnce = timer.at === this.#now ? atOnce + 1 : 0;
      if (atOnce > MOST_AT_ONCE) throw new StandstillError();
      this.#now = timer.at;
      timer.run();
      await settle();
    }
    this.#now = Math.max(this.#now, untilMs);
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(timer, heap[parent] as Timer)) break;
      heap[at] = heap[parent] as Timer;
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(untilMs: number): Timer | null {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.at > untilMs) return null;
      const last = this.#heap.pop() as Timer;
      if (this.#heap.length > 0) this.#sink(last);
      if (!first.cancelled) return first;
    }
  }

  #sink(timer: Timer): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && before(right, heap[child] as Timer)) child++;
      if (!before(heap[child] as Timer, timer)) break;
      heap[at] = heap[child] as Timer;
      at = child;
    }
    heap[at] = timer;
  }
}

const before = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** Lets every promise that can go on do so: a macrotask runs only after all microtasks. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
