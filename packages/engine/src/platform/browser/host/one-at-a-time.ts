import { EngineError } from '../../../api.ts';
import { say } from '../../../sentences/say.ts';

/** Changes of a profile: one at a time, and some end what is under way. */
export class OneAtATime {
  #hasEnded = false;
  #running: { readonly controller: AbortController; readonly done: Promise<unknown> } | null = null;

  /** @throws EngineError('try-later') while another one runs, and after the end */
  run<T>(signal: AbortSignal, body: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#running !== null) return Promise.reject(busy());
    return this.#begin(signal, body);
  }

  /**
   * Ends the one that runs, waits until it has ended, and runs.
   * @throws EngineError('try-later') after the end
   */
  async instead<T>(signal: AbortSignal, body: (signal: AbortSignal) => Promise<T>): Promise<T> {
    while (this.#running !== null) await this.abort();
    return await this.#begin(signal, body);
  }

  /**
   * Waits until the one that runs has ended by itself, and runs.
   * @throws EngineError('try-later') after the end
   */
  async behind<T>(signal: AbortSignal, body: (signal: AbortSignal) => Promise<T>): Promise<T> {
    while (this.#running !== null) await this.#running.done;
    return await this.#begin(signal, body);
  }

  /** Resolves when nothing runs any more. */
  async abort(): Promise<void> {
    this.#running?.controller.abort();
    await this.#running?.done;
  }

  /** As `abort`, and nothing begins any more: what comes while one waits is for whoever has the profile next. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    await this.abort();
  }

  async #begin<T>(signal: AbortSignal, body: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#hasEnded) throw busy();
    const controller = new AbortController();
    const either = AbortSignal.any([signal, controller.signal]);
    const result = body(either);
    const running = { controller, done: result.catch(() => undefined) };
    this.#running = running;
    try {
      return await result;
    } finally {
      if (this.#running === running) this.#running = null;
    }
  }
}

const busy = (): EngineError => new EngineError('try-later', say('browser-busy'), true);
