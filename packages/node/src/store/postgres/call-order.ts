type Settled = Promise<void>;

/**
 * Calls that touch the same queue or account take effect one after the other, in the order in which they were made
 * (STORE-6); others go side by side. PostgreSQL would let the later of two calls through first when it has the
 * faster connection.
 */
export class CallOrder {
  /** The last call of each name that has not settled. */
  readonly #last = new Map<string, Settled>();
  readonly #underWay = new Set<Settled>();

  /** Whether a call of these names made now would wait for anything but `except`. */
  waits(names: Iterable<string>, except: Settled | null): boolean {
    for (const name of names) {
      const last = this.#last.get(name);
      if (last !== undefined && last !== except) return true;
    }
    return false;
  }

  /** What was called with one of these names before; null: nothing that has not settled. */
  before(names: Iterable<string>): Settled | null {
    const before = new Set<Settled>();
    for (const name of names) {
      const last = this.#last.get(name);
      if (last !== undefined) before.add(last);
    }
    if (before.size === 0) return null;
    return Promise.all(before).then(() => undefined);
  }

  /** From now on calls with these names wait for this one. */
  enter(names: readonly string[], settled: Settled): void {
    for (const name of names) this.#last.set(name, settled);
    this.#underWay.add(settled);
    void settled.then(() => {
      this.#underWay.delete(settled);
      for (const name of names) if (this.#last.get(name) === settled) this.#last.delete(name);
    });
  }

  /** Further names of a call that entered before and has not settled. */
  widen(names: readonly string[], settled: Settled): void {
    for (const name of names) {
      this.#last.set(name, settled);
    }
    void settled.then(() => {
      for (const name of names) if (this.#last.get(name) === settled) this.#last.delete(name);
    });
  }

  run<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = this.before(names);
    const done = before === null ? work() : before.then(work);
    this.enter(names, settledOf(done));
    return done;
  }

  /** Everything that was called so far. */
  async all(): Promise<void> {
    await Promise.all(this.#underWay);
  }
}

/** Resolves when the call is over, however it ended. */
export const settledOf = (call: Promise<unknown>): Settled =>
  call.then(
    () => undefined,
    () => undefined,
  );
