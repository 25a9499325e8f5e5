/** Publishes one thing after the other at the attached home, and again when that failed. */
import { ConnectionError, isNotHome } from '../connection/index.ts';
import type { Timers } from '../timers.ts';

export interface PublishLoopParts {
  readonly timers: Timers;
  /** Attached, and not closed. */
  readonly isReady: () => boolean;
  /** Rejects with ConnectionError. */
  readonly publish: () => Promise<void>;
  /** The home is none any more. */
  readonly onNotHome: () => void;
  /** It will have nothing of it. */
  readonly onRefused: () => void;
  readonly onFault: (error: unknown) => void;
}

const AGAIN_MS = 5000;

export class PublishLoop {
  readonly #parts: PublishLoopParts;
  #now: Promise<void> | null = null;
  #again = false;

  constructor(parts: PublishLoopParts) {
    this.#parts = parts;
  }

  /** What is under way; null: nothing. Never rejects. */
  get underWay(): Promise<void> | null {
    return this.#now;
  }

  /** Something changed, or is due for renewal. */
  run(): void {
    if (!this.#parts.isReady()) return;
    if (this.#now !== null) {
      this.#again = true;
      return;
    }
    this.#now = this.#publish().finally(() => {
      this.#now = null;
      if (!this.#again) return;
      this.#again = false;
      this.run();
    });
  }

  async #publish(): Promise<void> {
    const { publish, timers, isReady, onNotHome, onRefused, onFault } = this.#parts;
    try {
      await publish();
    } catch (error) {
      if (!(error instanceof ConnectionError)) onFault(error);
      else if (isNotHome(error)) return onNotHome();
      else if (error.code === 'refused' && error.retryMs === 0) return isReady() ? onRefused() : undefined;
      const retryMs = error instanceof ConnectionError ? error.retryMs : 0;
      timers.after(Math.max(retryMs, AGAIN_MS), () => this.run());
    }
  }
}
