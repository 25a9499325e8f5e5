import { StoreError } from '@sotto/engine';
import type { ClientStore, NotPromise } from '@sotto/engine';
import type { NodeStore } from '@sotto/engine/platform/node';

/** Ends with the process it stands for: a dead engine can write nothing more. */
export class MortalStore implements ClientStore {
  readonly #store: NodeStore;
  readonly #life: { alive: boolean; countdown?: number; when?: 'before' | 'after' };
  readonly #onDeath: () => void;
  readonly #isFull: () => boolean;

  constructor(store: NodeStore, life: { alive: boolean }, onDeath: () => void, isFull: () => boolean) {
    this.#isFull = isFull;
    this.#store = store;
    this.#life = life;
    this.#onDeath = onDeath;
  }

  run(...args: Parameters<ClientStore['run']>): void {
    this.#check();
    this.#store.run(...args);
  }

  get(...args: Parameters<ClientStore['get']>): ReturnType<ClientStore['get']> {
    this.#check();
    return this.#store.get(...args);
  }

  all(...args: Parameters<ClientStore['all']>): ReturnType<ClientStore['all']> {
    this.#check();
    return this.#store.all(...args);
  }

  transaction<T>(body: () => NotPromise<T>): T {
    this.#check();
    const dies = this.#life.countdown !== undefined && --this.#life.countdown === 0;
    const result = this.#store.transaction(() => {
      const value = body();
      if (this.#isFull()) throw new StoreError('disk-full', 'no room');
      if (dies && this.#life.when === 'before') this.#die();
      return value;
    });
    if (dies) this.#die();
    return result;
  }

  close(): void {}

  #die(): never {
    this.#life.alive = false;
    this.#onDeath();
    throw new Error('the process died');
  }

  #check(): void {
    if (!this.#life.alive) throw new Error('the process is dead');
  }
}
