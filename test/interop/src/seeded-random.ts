import { createHash } from 'node:crypto';
import type { Random } from '@sotto/protocol/crypto';

/** SHA-256 in counter mode: the same bytes for the same name. */
export function seededRandom(name: string): Random {
  let counter = 0;
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let offset = 0; offset < length; offset += 32) {
      const block = createHash('sha256').update(`${name}/${counter++}`).digest();
      bytes.set(block.subarray(0, length - offset), offset);
    }
    return bytes;
  };
}

/** Choices made from a seed. */
export class Dice {
  readonly #random: Random;
  constructor(name: string) {
    this.#random = seededRandom(name);
  }
  bytes(length: number): Uint8Array {
    return this.#random(length);
  }
  /** 0 to `end` - 1. */
  below(end: number): number {
    return Buffer.from(this.#random(4)).readUInt32LE() % end;
  }
  chance(probability: number): boolean {
    return this.below(1_000_000) < probability * 1_000_000;
  }
}
