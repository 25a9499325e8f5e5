import type { Limits } from '../limits.ts';

interface Place {
  readonly remote: string;
  readonly evict: () => void;
}

/**
 * Who is nobody yet, in all and of each remote address (NODE-2, OPS-62). When there are as many as may be, the one that
 * takes longest goes: a flood from many addresses then has to hurry more than those who come to stay, who need two
 * round trips.
 */
export class HalfOpen {
  readonly #limits: Pick<Limits, 'halfOpen' | 'halfOpenPerAddress'>;
  readonly #byAddress = new Map<string, number>();
  /** The oldest first. */
  readonly #places = new Set<Place>();

  constructor(limits: Pick<Limits, 'halfOpen' | 'halfOpenPerAddress'>) {
    this.#limits = limits;
  }

  get total(): number {
    return this.#places.size;
  }

  /**
   * @param evict ends it, since another needs its place; its place is free by then
   * @returns to be called when it is over, once or several times; null: its address has too many already
   */
  enter(remote: string, evict: () => void): (() => void) | null {
    const count = this.#byAddress.get(remote) ?? 0;
    if (count >= this.#limits.halfOpenPerAddress || this.#limits.halfOpen < 1) return null;
    for (const oldest of this.#places) {
      if (this.#places.size < this.#limits.halfOpen) break;
      this.#leave(oldest);
      oldest.evict();
    }
    const place: Place = { remote, evict };
    this.#places.add(place);
    this.#byAddress.set(remote, (this.#byAddress.get(remote) ?? 0) + 1);
    return () => this.#leave(place);
  }

  #leave(place: Place): void {
    if (!this.#places.delete(place)) return;
    const count = (this.#byAddress.get(place.remote) ?? 0) - 1;
    if (count > 0) this.#byAddress.set(place.remote, count);
    else this.#byAddress.delete(place.remote);
  }
}
