import type { Clock } from '@sotto/protocol/link';
import type { NodeKey } from '@sotto/protocol/ring';

const FIRST_MS = 60_000;
const LONGEST_MS = 3_600_000;

/** Nodes that misbehaved: no link with them for a minute, twice as long each time, up to an hour (RING-47). */
export class CutOff {
  readonly #clock: Clock;
  readonly #cut = new Map<NodeKey, { readonly untilMs: number; readonly forMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns for how long */
  add(key: NodeKey): number {
    const nowMs = this.#clock.now();
    const before = this.#cut.get(key);
    if (before !== undefined && before.untilMs > nowMs) return before.untilMs - nowMs;
    // Who behaved for as long as an hour begins anew.
    const again = before !== undefined && nowMs - before.untilMs < LONGEST_MS;
    const forMs = again ? Math.min(before.forMs * 2, LONGEST_MS) : FIRST_MS;
    this.#cut.set(key, { untilMs: nowMs + forMs, forMs });
    return forMs;
  }

  has(key: NodeKey): boolean {
    return (this.#cut.get(key)?.untilMs ?? 0) > this.#clock.now();
  }

  /** Drops those that begin anew. */
  forget(): void {
    const nowMs = this.#clock.now();
    for (const [key, { untilMs }] of this.#cut) if (nowMs - untilMs >= LONGEST_MS) this.#cut.delete(key);
  }

  /** Of how many nodes something is remembered. */
  get remembered(): number {
    return this.#cut.size;
  }

  get size(): number {
    return [...this.#cut.keys()].filter((key) => this.has(key)).length;
  }
}
