import { concat, utf8, type Primitives } from '../crypto/index.ts';
import { bytesOfHex, hexOf } from './node-key.ts';

/** Something gossip spreads: a descriptor, or the proof that a node cheated. */
export interface Marked {
  /** Node id, 32 B. */
  readonly node: Uint8Array;
  /** 16 B, hexadecimal: so long that nobody finds two bodies with one mark. */
  readonly mark: string;
}

export const MARK_BYTES = 16;
const BUCKETS = 64;
const BUCKET_BYTES = 8;

/** First 16 bytes of SHA-256 of a signed body, hexadecimal. */
export const markOf = (primitives: Primitives, body: Uint8Array): string =>
  hexOf(primitives.sha256(body).subarray(0, MARK_BYTES));

/** Which of the 64 buckets of a digest a node belongs to: the first 6 bits of its id. */
const bucketOf = (node: Uint8Array): number => (node[0] ?? 0) >>> 2;

/** What is held, in the 64 buckets of the digest; a change costs no more than its bucket. */
export class HeldMarks<Item extends Marked> {
  readonly #primitives: Primitives;
  readonly #buckets = Array.from({ length: BUCKETS }, () => new Map<string, Item>());
  readonly #hashes = Array<Uint8Array | null>(BUCKETS).fill(null);
  #digest: Uint8Array | null = null;

  constructor(primitives: Primitives) {
    this.#primitives = primitives;
  }

  add(item: Item): void {
    this.#bucket(item).set(item.mark, item);
  }

  remove(item: Item): void {
    this.#bucket(item).delete(item.mark);
  }

  inBucket(bucket: number): readonly Item[] {
    return [...(this.#buckets[bucket]?.values() ?? [])];
  }

  /** 64 buckets of 8 B: the first bytes of SHA-256 over the sorted marks in each (RING-16). */
  digest(): Uint8Array {
    this.#digest ??= concat(...this.#buckets.map((marks, i) => (this.#hashes[i] ??= this.#hash([...marks.keys()]))));
    return this.#digest;
  }

  #hash(marks: string[]): Uint8Array {
    return this.#primitives.sha256(utf8(marks.sort().join())).subarray(0, BUCKET_BYTES);
  }

  #bucket({ node }: Item): Map<string, Item> {
    const bucket = bucketOf(node);
    this.#hashes[bucket] = null;
    this.#digest = null;
    return this.#buckets[bucket] as Map<string, Item>;
  }
}

/** Buckets in which two digests differ. */
export function differingBuckets(one: Uint8Array, other: Uint8Array): number[] {
  return Array.from({ length: BUCKETS }, (_, bucket) => bucket).filter((bucket) => {
    const at = bucket * BUCKET_BYTES;
    return hexOf(one.subarray(at, at + BUCKET_BYTES)) !== hexOf(other.subarray(at, at + BUCKET_BYTES));
  });
}

/** A set of buckets as two numbers of 32 bits. */
export function bucketBits(buckets: Iterable<number>): { bucketsLow: number; bucketsHigh: number } {
  let [bucketsLow, bucketsHigh] = [0, 0];
  for (const bucket of buckets) {
    if (bucket < 32) bucketsLow |= 1 << bucket;
    else bucketsHigh |= 1 << (bucket - 32);
  }
  return { bucketsLow: bucketsLow >>> 0, bucketsHigh: bucketsHigh >>> 0 };
}

export function bucketsOf(bits: { readonly bucketsLow: number; readonly bucketsHigh: number }): Set<number> {
  const has = (bucket: number): boolean =>
    (((bucket < 32 ? bits.bucketsLow : bits.bucketsHigh) >>> (bucket % 32)) & 1) === 1;
  return new Set(Array.from({ length: BUCKETS }, (_, bucket) => bucket).filter(has));
}

export const marksBytes = (held: readonly Marked[]): Uint8Array => concat(...held.map(({ mark }) => bytesOfHex(mark)));

export function marksOf(bytes: Uint8Array): Set<string> {
  const count = Math.floor(bytes.length / MARK_BYTES);
  return new Set(Array.from({ length: count }, (_, i) => hexOf(bytes.subarray(MARK_BYTES * i, MARK_BYTES * (i + 1)))));
}
