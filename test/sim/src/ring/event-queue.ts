interface Entry {
  /** Whole ms. */
  readonly at: number;
  /** What is due at one instant happens in the order in which it was asked for. */
  readonly order: number;
  readonly run: () => void;
}

/** Events of one instant; more mean that machines set one another without end. */
const MOST_AT_ONCE = 50_000;

/** True time of a simulated ring, and what will happen in it. Nothing in it waits for promises: a run is one loop. */
export class EventQueue {
  #now: number;
  #order = 0;
  // A binary heap by (at, order).
  readonly #heap: Entry[] = [];

  constructor(startMs: number) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): void {
    this.at(this.#now + ms, run);
  }

  at(ms: number, run: () => void): void {
    const entry: Entry = { at: Math.ceil(Math.max(ms, this.#now)), order: this.#order++, run };
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(entry, heap[parent] as Entry)) break;
      heap[at] = heap[parent] as Entry;
      at = parent;
    }
    heap[at] = entry;
  }

  /** @throws Error when time stands still */
  runUntil(ms: number): void {
    let atOnce = 0;
    for (let entry = this.#take(ms); entry !== null; entry = this.#take(ms)) {
      atOnce = entry.at === this.#now ? atOnce + 1 : 0;
      if (atOnce > MOST_AT_ONCE) throw new Error('Time stands still: events set one another without end.');
      this.#now = entry.at;
      entry.run();
    }
    this.#now = Math.max(this.#now, ms);
  }

  #take(untilMs: number): Entry | null {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.at > untilMs) return null;
    const last = heap.pop() as Entry;
    if (heap.length > 0) sink(heap, last);
    return first;
  }
}

const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

function sink(heap: Entry[], entry: Entry): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    const left = heap[child];
    if (left === undefined) break;
    const right = heap[child + 1];
    if (right !== undefined && before(right, left)) child++;
    const next = heap[child] as Entry;
    if (!before(next, entry)) break;
    heap[at] = next;
    at = child;
  }
  heap[at] = entry;
}
