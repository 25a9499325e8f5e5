/**
 * What a backend makes of a public key before it can use it (a KeyObject, the matrix expanded), for the keys that were
 * used last: a conversation encapsulates to one key for a week. Found by all the bytes of the key, so neither another
 * key nor a changed array is ever taken for it; bounded, because anybody may show us keys. Nothing in it is secret.
 */
export class PublicKeyCache<Derived> {
  /** By the key's bytes as characters; the one that was used last stands last. */
  readonly #entries = new Map<string, Derived>();
  readonly #derive: (publicKey: Uint8Array) => Derived;
  readonly #capacity: number;

  /** @param derive may throw: a key that is refused is not remembered */
  constructor(derive: (publicKey: Uint8Array) => Derived, capacity: number) {
    this.#derive = derive;
    this.#capacity = capacity;
  }

  get(publicKey: Uint8Array): Derived {
    const name = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.byteLength).toString('latin1');
    const known = this.#entries.get(name);
    const derived = known ?? this.#derive(publicKey);
    if (known !== undefined) this.#entries.delete(name);
    else if (this.#entries.size >= this.#capacity) this.#forgetOldest();
    this.#entries.set(name, derived);
    return derived;
  }

  #forgetOldest(): void {
    for (const name of this.#entries.keys()) {
      this.#entries.delete(name);
      return;
    }
  }
}
