import type { Limits } from '../limits.ts';

/** Handshakes under way, of everybody and of each remote address (NODE-2). */
export class HalfOpen {
  readonly #limits: Pick<Limits, 'halfOpen' | 'halfOpenPerAddress'>;
  readonly #byAddress = new Map<string, number>();
  #total = 0;

  constructor(limits: Pick<Limits, 'halfOpen' | 'halfOpenPerAddress'>) {
    this.#limits = limits;
  }

  get total(): number {
    return this.#total;
  }

  /** @returns false when there are too many already */
  enter(remote: string): boolean {
    const count = this.#byAddress.get(remote) ?? 0;
    if (this.#total >= this.#limits.halfOpen || count >= this.#limits.halfOpenPerAddress) return false;
    this.#byAddress.set(remote, count + 1);
    this.#total += 1;
    return true;
  }

  leave(remote: string): void {
    const count = (this.#byAddress.get(remote) ?? 0) - 1;
    if (count > 0) this.#byAddress.set(remote, count);
    else this.#byAddress.delete(remote);
    this.#total -= 1;
  }
}
