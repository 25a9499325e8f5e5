/**
 * What a backend derives from a secret key before it can use it (an expanded key, a KeyObject), kept for as long as
 * the caller keeps the secret's own array. Deriving costs up to three times the operation itself.
 *
 * The array's content is compared on every use: one that was overwritten never answers for its old key.
 */
export declare class KeyCache<Derived> {
  #private;
  constructor(derive: (secret: Uint8Array) => Derived);
  get(secret: Uint8Array): Derived;
}
