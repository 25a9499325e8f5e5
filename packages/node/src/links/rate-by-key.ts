import { TokenBucket } from './token-bucket.ts';

const ENTRIES = 10_000;

/** A token bucket for each address, device or mailbox; two generations, so that memory stays bounded. */
export class RateByKey {
  readonly #burst: number;
  readonly #perSecond: number;
  #young = new Map<string, TokenBucket>();
  #old = new Map<string, TokenBucket>();

  constructor(burst: number, perSecond: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
  }

  /** @returns whether that is within the rate */
  take(key: string, nowMs: number, cost = 1): boolean {
    let bucket = this.#young.get(key);
    if (bucket === undefined) {
      bucket = this.#old.get(key) ?? new TokenBucket(this.#burst, nowMs);
      if (this.#young.size >= ENTRIES) {
        this.#old = this.#young;
        this.#young = new Map();
      }
      this.#young.set(key, bucket);
    }
    return bucket.take(this.#burst, this.#perSecond, nowMs, cost);
  }

  /** What was taken was not needed. */
  give(key: string, cost: number): void {
    (this.#young.get(key) ?? this.#old.get(key))?.give(cost);
  }
}
