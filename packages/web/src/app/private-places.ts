/**
 * Where one is in a private session. The browser keeps addresses in its history, so the address stays `#/`: what the
 * browser's back button goes through are numbers of places that this page alone remembers.
 */
export class PrivatePlaces {
  /** What would stand behind the address, by number. */
  readonly #hashes: string[];
  #at = 0;

  constructor(hash: string) {
    this.#hashes = [hash];
    note(0);
  }

  get hash(): string {
    return this.#hashes[this.#at] ?? '';
  }

  go(hash: string, replace: boolean): void {
    if (replace) {
      this.#hashes[this.#at] = hash;
    } else if (hash !== this.hash) {
      this.#enter(hash);
      history.pushState({ place: this.#at }, '', '#/');
    }
  }

  /** The browser went back or forward, or somebody wrote into the address. */
  moved(hash: string, state: unknown): void {
    const place = typeof state === 'object' && state !== null && 'place' in state ? state.place : null;
    if (typeof place === 'number' && place < this.#hashes.length) {
      this.#at = place;
    } else {
      this.#enter(hash);
      note(this.#at);
    }
  }

  #enter(hash: string): void {
    this.#at += 1;
    this.#hashes.splice(this.#at, Infinity, hash);
  }
}

function note(place: number): void {
  history.replaceState({ place }, '', '#/');
}
