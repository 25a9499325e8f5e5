/** So many at once, so many a second after that. */
export class TokenBucket {
  #tokens: number;
  #atMs: number;

  constructor(burst: number, nowMs: number) {
    this.#tokens = burst;
    this.#atMs = nowMs;
  }

  /** Left when it was last looked at. */
  get tokens(): number {
    return this.#tokens;
  }

  /** @returns whether there were `cost` to take; else none is taken */
  take(burst: number, perSecond: number, nowMs: number, cost = 1): boolean {
    const elapsedMs = Math.max(0, nowMs - this.#atMs);
    this.#tokens = Math.min(burst, this.#tokens + (elapsedMs * perSecond) / 1000);
    this.#atMs = nowMs;
    if (this.#tokens < cost) return false;
    this.#tokens -= cost;
    return true;
  }

  /** What was taken was not needed. */
  give(cost: number): void {
    this.#tokens += cost;
  }
}
