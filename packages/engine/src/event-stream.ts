/** Hands events to whoever listens, after what they tell of is on the disk. */
import type { Database } from './store/database.ts';
import type { EngineEvent } from './api.ts';
import type { Spoken } from './sentences/say.ts';

export type Listener = (event: EngineEvent) => void;

export class EventStream {
  readonly #database: Database;
  readonly #listeners = new Set<Listener>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** @returns a function that ends the subscription */
  on(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** `event` is made when the transaction under way has committed, so it shows what was committed. */
  emit(event: () => EngineEvent | null): void {
    if (this.#listeners.size === 0) return;
    this.#database.afterCommit(() => {
      const made = event();
      if (made === null) return;
      for (const listener of this.#listeners) {
        try {
          listener(made);
        } catch {
          // A listener's fault is its own: the engine's work goes on.
        }
      }
    });
  }

  notice(code: string, { text, said }: Spoken, address?: string): void {
    this.emit(() => ({ type: 'notice', code, text, said, ...(address === undefined ? {} : { address }) }));
  }

  clear(): void {
    this.#listeners.clear();
  }
}
