import type { Clock } from '@sotto/protocol/link';

/**
 * A process that can be killed at any instant: from then on none of its timers fires, none of its sockets sends or
 * hears, and nothing it still computes reaches the world.
 */
export class VirtualProcess {
  readonly #clock: Clock;
  readonly #skewMs: number;
  readonly #onKill = new Set<() => void>();
  alive = true;

  constructor(clock: Clock, skewMs: number) {
    this.#clock = clock;
    this.#skewMs = skewMs;
  }

  /** The clock as this process sees it: off by its skew, silent once it is dead. */
  readonly clock: Clock = {
    now: () => this.#clock.now() + this.#skewMs,
    after: (ms, callback) => this.#clock.after(ms, () => this.run(callback)),
  };

  /** Runs something of this process, unless it is dead. */
  run(callback: () => void): void {
    if (this.alive) callback();
  }

  /** Calls back when the process dies. */
  onKill(callback: () => void): void {
    this.#onKill.add(callback);
  }

  kill(): void {
    if (!this.alive) return;
    this.alive = false;
    for (const callback of this.#onKill) callback();
  }
}
