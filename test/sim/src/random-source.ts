import { createHash } from 'node:crypto';

/**
 * Everything random of one run, from its seed: a run is replayed by its number. Each part of a world draws from a
 * source of its own, so that one more draw in one part changes nothing in the others.
 */
export class RandomSource {
  readonly #name: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(name: string) {
    const digest = createHash('sha256').update(`sotto/sim/${name}`).digest();
    this.#name = name;
    this.#a = digest.readInt32LE(0);
    this.#b = digest.readInt32LE(4);
    this.#c = digest.readInt32LE(8);
  }

  /** An independent source. */
  fork(name: string): RandomSource {
    return new RandomSource(`${this.#name}/${name}`);
  }

  /** Uniform in [0, 1). */
  next(): number {
    return this.#next32() / 4_294_967_296;
  }

  /** An integer in [from, to]. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.between(0, choices.length - 1)] ?? choices[0];
  }

  readonly bytes = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 4) {
      const word = this.#next32();
      for (let byte = 0; byte < 4 && at + byte < length; byte++) bytes[at + byte] = word >>> (8 * byte);
    }
    return bytes;
  };

  // sfc32 (PractRand): 96 bits of state and a counter. Not for keys of real people.
  #next32(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + t) | 0;
    return t >>> 0;
  }
}
