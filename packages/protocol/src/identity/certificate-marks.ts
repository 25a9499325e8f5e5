import type { Primitives } from '../crypto/index.ts';

/**
 * Which certificates were found to be signed as they must be, by the hash of their bytes: for a node, whose devices come
 * back with the same one again and again. Keeps a tenth of what CertificateCache keeps, and only says that nothing needs to be
 * verified a second time. Two generations: what was not asked for while the other one filled goes.
 */
export class CertificateMarks {
  readonly #primitives: Primitives;
  readonly #capacity: number;
  #young = new Set<string>();
  #old = new Set<string>();

  /** @param capacity certificates remembered, about 100 B each */
  constructor(primitives: Primitives, capacity: number) {
    this.#primitives = primitives;
    this.#capacity = capacity;
  }

  /** @param encoded as VerifiedCertificate.encoded */
  has(encoded: Uint8Array): boolean {
    const key = this.#keyOf(encoded);
    return this.#young.has(key) || this.#old.has(key);
  }

  /** Only for what verifyCertificate() gave. */
  add(encoded: Uint8Array): void {
    const key = this.#keyOf(encoded);
    if (this.#young.has(key)) return;
    if (this.#young.size >= this.#capacity / 2) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(key);
  }

  #keyOf(encoded: Uint8Array): string {
    return String.fromCharCode(...this.#primitives.sha256(encoded));
  }
}
