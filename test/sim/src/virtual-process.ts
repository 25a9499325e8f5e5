import type { Clock } from '@sotto/protocol/link';

/** Thrown into what a killed process still computes: nothing of it reaches the world. */
export class ProcessEnded extends Error {
  constructor() {
    super('The process was killed.');
    this.name = 'ProcessEnded';
  }
}

/**
 * One life of a process that can be killed at any instant: from then on none of its timers fires, none of its
 * sockets sends or hears, and nothing it still computes reaches the world.
 */
export class VirtualProcess {
  readonly #clock: Clock;
  readonly #skewMs: number;
  readonly #onKill = new Set<() => void>();
  #alive = true;

  /** @param skewMs how far its clock is ahead of the true time */
  constructor(clock: Clock, skewMs: number) {
    this.#clock = clock;
    this.#skewMs = skewMs;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** The clock as this process sees it: off by its skew, silent once it is dead. */
  readonly clock: Clock = {
    now: () => this.#clock.now() + this.#skewMs,
    after: (ms, callback) => (this.#alive ? this.#clock.after(ms, () => this.run(callback)) : () => undefined),
  };

  /** Runs something of this process, unless it is dead. */
  run(callback: () => void): void {
    if (this.#alive) callback();
  }

  /** Calls back when the process dies. @returns a function that forgets it */
  onKill(callback: () => void): () => void {
    this.#onKill.add(callback);
    return () => void this.#onKill.delete(callback);
  }

  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    for (const callback of this.#onKill) callback();
  }
}
