/** The engine's own clock: its timers end with the engine, and a fault in one is reported instead of lost. */
import type { Clock } from './ports.ts';

export class Timers implements Clock {
  readonly #clock: Clock;
  readonly #onFault: (error: unknown) => void;
  readonly #running = new Set<() => void>();
  #closed = false;

  constructor(clock: Clock, onFault: (error: unknown) => void) {
    this.#clock = clock;
    this.#onFault = onFault;
  }

  now(): number {
    return this.#clock.now();
  }

  after(ms: number, callback: () => void): () => void {
    if (this.#closed) return () => undefined;
    const stop = this.#clock.after(ms, () => {
      this.#running.delete(cancel);
      try {
        callback();
      } catch (error) {
        this.#onFault(error);
      }
    });
    const cancel = (): void => {
      this.#running.delete(cancel);
      stop();
    };
    this.#running.add(cancel);
    return cancel;
  }

  close(): void {
    this.#closed = true;
    for (const cancel of this.#running) cancel();
  }
}
