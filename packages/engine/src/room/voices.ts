import { toHex } from '../store/hex.ts';

/** Lines of one guest at once, and how many a second after that: no guest floods the screens of all. */
const BURST = 20;
const PER_SECOND = 2;
/** Guests remembered; who was silent for longest goes. */
const MAX_VOICES = 200;

/** How much each guest was heard lately. */
export class Voices {
  readonly #spent = new Map<string, { tokens: number; at: number }>();

  /** Counts one more line. @returns whether it is shown */
  mayBeHeard(account: Uint8Array, nowMs: number): boolean {
    const name = toHex(account);
    const known = this.#spent.get(name) ?? { tokens: BURST, at: nowMs };
    const tokens = Math.min(BURST, known.tokens + ((nowMs - known.at) / 1000) * PER_SECOND);
    this.#spent.delete(name);
    this.#spent.set(name, { tokens: Math.max(0, tokens - 1), at: nowMs });
    if (this.#spent.size > MAX_VOICES) {
      const [oldest] = this.#spent.keys();
      if (oldest !== undefined) this.#spent.delete(oldest);
    }
    return tokens >= 1;
  }
}
