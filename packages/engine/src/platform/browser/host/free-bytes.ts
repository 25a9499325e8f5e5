/** How old an answer may be. The browser is asked beside: nobody waits for it. */
const FRESH_MS = 10_000;

/** What the browser still gives this site, as far as it says (https://storage.spec.whatwg.org/#storagemanager). */
export class FreeBytes {
  #known: number | null = null;
  #askedAt = 0;

  constructor() {
    void this.#ask();
  }

  /** null while it is not known. */
  now(): number | null {
    if (Date.now() - this.#askedAt > FRESH_MS) void this.#ask();
    return this.#known;
  }

  async #ask(): Promise<void> {
    this.#askedAt = Date.now();
    try {
      const { quota, usage } = await navigator.storage.estimate();
      this.#known = quota === undefined || usage === undefined ? null : Math.max(0, quota - usage);
    } catch {
      this.#known = null;
    }
  }
}
