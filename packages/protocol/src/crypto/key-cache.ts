import { equalBytes } from '@noble/ciphers/utils.js';

/**
 * What a backend derives from a secret key before it can use it (an expanded key, a KeyObject), kept for as long as
 * the caller keeps the secret's own array. Deriving costs up to three times the operation itself.
 *
 * The array's content is compared on every use: one that was overwritten never answers for its old key.
 */
export class KeyCache<Derived> {
  readonly #entries = new WeakMap<Uint8Array, { readonly secret: Uint8Array; readonly derived: Derived }>();
  readonly #derive: (secret: Uint8Array) => Derived;

  constructor(derive: (secret: Uint8Array) => Derived) {
    this.#derive = derive;
  }

  get(secret: Uint8Array): Derived {
    const known = this.#entries.get(secret);
    if (known !== undefined && known.secret.length === secret.length && equalBytes(known.secret, secret)) {
      return known.derived;
    }
    const derived = this.#derive(secret);
    this.#entries.set(secret, { secret: Uint8Array.from(secret), derived });
    return derived;
  }
}
