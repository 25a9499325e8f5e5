import { TokenBucket } from '../links/token-bucket.ts';
import { keyOf } from '../text-key.ts';

const ENTRIES = 10_000;

/** A token bucket for each mailbox that is asked about; two generations, so that memory stays bounded. */
export class RateByMailbox {
  readonly #burst: number;
  readonly #perSecond: number;
  #young = new Map<string, TokenBucket>();
  #old = new Map<string, TokenBucket>();

  constructor(burst: number, perSecond: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
  }

  /** @returns whether one more is within the rate */
  take(mailbox: Uint8Array, nowMs: number): boolean {
    const key = keyOf(mailbox);
    let bucket = this.#young.get(key);
    if (bucket === undefined) {
      bucket = this.#old.get(key) ?? new TokenBucket(this.#burst, nowMs);
      if (this.#young.size >= ENTRIES) {
        this.#old = this.#young;
        this.#young = new Map();
      }
      this.#young.set(key, bucket);
    }
    return bucket.take(this.#burst, this.#perSecond, nowMs);
  }
}
