import { EngineError } from '../../../api.ts';
import { say } from '../../../sentences/say.ts';

/** Changes of a profile: one at a time, and some end what is under way. */
export class OneAtATime {
  #running: { readonly controller: AbortController; readonly done: Promise<unknown> } | null = null;

  /** @throws EngineError('try-later') while another one runs */
  run<T>(signal: AbortSignal, body: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#running !== null) return Promise.reject(new EngineError('try-later', say('browser-busy'), true));
    return this.#begin(signal, body);
  }

  /** Ends the one that runs, waits until it has ended, and runs. */
  async instead<T>(signal: AbortSignal, body: (signal: AbortSignal) => Promise<T>): Promise<T> {
    while (this.#running !== null) await this.abort();
    return await this.#begin(signal, body);
  }

  /** Resolves when nothing runs any more. */
  async abort(): Promise<void> {
    this.#running?.controller.abort();
    await this.#running?.done;
  }

  async #begin<T>(signal: AbortSignal, body: (signal: AbortSignal) => Promise<T>): Promise<T> {
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
