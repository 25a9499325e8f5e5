import type { RandomSource } from '../random-source.ts';
import type { EventQueue } from './event-queue.ts';

/** How bad the lines are. Rates are parts of 1, of each message by itself. */
export interface LineFaults {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly loss: number;
  readonly stall: number;
  readonly maxStallMs: number;
}

/** Who reaches whom, and how long it takes. Names are those of nodes and of people's devices. */
export class RingNetwork {
  #faults: LineFaults;
  #calm = false;
  /** Several partitions at a time: a name is reached by who stands on the same side in all of them. */
  readonly #splits = new Set<ReadonlySet<string>>();
  readonly #queue: EventQueue;
  readonly #random: RandomSource;

  constructor(queue: EventQueue, random: RandomSource, faults: LineFaults) {
    this.#queue = queue;
    this.#random = random;
    this.#faults = faults;
  }

  /** Carries something, unless it gets lost on the way. @param arrive at the other end, when that is reachable then */
  carry(from: string, to: string, arrive: () => void): void {
    const { minDelayMs, maxDelayMs, loss, stall, maxStallMs } = this.#faults;
    if (!this.#calm && loss > 0 && this.#random.chance(loss)) return;
    let delayMs = minDelayMs + this.#random.next() * (maxDelayMs - minDelayMs);
    if (!this.#calm && stall > 0 && this.#random.chance(stall)) delayMs += this.#random.next() * maxStallMs;
    this.#queue.after(delayMs, () => {
      if (this.reaches(from, to)) arrive();
    });
  }

  reaches(from: string, to: string): boolean {
    for (const side of this.#splits) if (side.has(from) !== side.has(to)) return false;
    return true;
  }

  /** Cuts these off from all others. @returns ends it */
  split(side: ReadonlySet<string>): () => void {
    this.#splits.add(side);
    return () => void this.#splits.delete(side);
  }

  calm(): void {
    this.#calm = true;
    this.#splits.clear();
    this.#faults = { ...this.#faults, maxDelayMs: Math.min(this.#faults.maxDelayMs, 200) };
  }
}
