import { createHash } from 'node:crypto';

/** Everything random of one run, from its seed: a run is replayed by its number. */
export class RandomSource {
  #state: number;

  constructor(seed: number) {
    this.#state = createHash('sha256').update(`sotto/sim/${seed}`).digest().readUInt32LE(0);
  }

  /** Uniform in [0, 1). (mulberry32: not for keys of real people.) */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };

  /** An integer in [from, to]. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  readonly bytes = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at++) bytes[at] = Math.floor(this.next() * 256);
    return bytes;
  };
}
