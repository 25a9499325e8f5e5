import type { Random } from '../ports.ts';

const FIRST_MS = 500;
const LONGEST_MS = 60_000;

/**
 * How long to wait before trying again (LNKC-5): a random time between 0.5 s and a ceiling that doubles from 1 s to
 * 60 s ("full jitter"), so that the clients of a node that comes back do not all come back at once.
 */
export class Backoff {
  readonly #random: Random;
  #failures = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  next(): number {
    const ceilingMs = Math.min(LONGEST_MS, 2 * FIRST_MS * 2 ** Math.min(this.#failures, 16));
    this.#failures++;
    return this.#between(FIRST_MS, ceilingMs);
  }

  /** For what will hardly get better by itself. */
  slow(): number {
    return this.#between(LONGEST_MS / 2, LONGEST_MS);
  }

  reset(): void {
    this.#failures = 0;
  }

  #between(leastMs: number, mostMs: number): number {
    const bytes = this.#random(4);
    const fraction = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) / 2 ** 32;
    return Math.floor(leastMs + fraction * (mostMs - leastMs));
  }
}
