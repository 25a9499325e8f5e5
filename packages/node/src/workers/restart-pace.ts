const FIRST_MS = 20;
const MOST_MS = 10_000;
/** One that lived so long did not die of its start. */
const LIVED_MS = 30_000;

/** How soon a worker is started again: at once, and less and less often when it dies again and again (OPS-44). */
export class RestartPace {
  #startedMs = 0;
  #delayMs = FIRST_MS;

  /** @param nowMs of a clock that only rises */
  started(nowMs: number): void {
    this.#startedMs = nowMs;
  }

  /** @returns how long to wait, ms */
  ended(nowMs: number): number {
    if (nowMs - this.#startedMs >= LIVED_MS) this.#delayMs = FIRST_MS;
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(MOST_MS, delayMs * 2);
    return delayMs;
  }
}
