import { DeviceCertificateSchema, encode, type DeviceCertificate } from '../wire/index.ts';
import type { Primitives } from '../crypto/index.ts';
import { verifyCertificate, type VerifiedCertificate } from './device-certificate.ts';

/**
 * Certificates that were verified, by the hash of their bytes: every message of a contact carries the same one, and
 * its two signatures cost more than opening the message. Whatever differs in a single bit is verified anew.
 */
export class CertificateCache {
  readonly #primitives: Primitives;
  readonly #capacity: number;
  /** Longest unused first. */
  readonly #verified = new Map<string, VerifiedCertificate>();

  /** @param capacity certificates kept; the longest unused one makes room */
  constructor(primitives: Primitives, capacity: number) {
    this.#primitives = primitives;
    this.#capacity = capacity;
  }

  /** As verifyCertificate. @throws IdentityError; failures are not kept */
  verify(certificate: Uint8Array | DeviceCertificate): VerifiedCertificate {
    const encoded = certificate instanceof Uint8Array ? certificate : encode(DeviceCertificateSchema, certificate);
    const key = String.fromCharCode(...this.#primitives.sha256(encoded));
    const verified = this.#verified.get(key) ?? verifyCertificate(this.#primitives, encoded);
    this.#verified.delete(key);
    this.#verified.set(key, verified);
    if (this.#verified.size > this.#capacity) {
      const [oldest] = this.#verified.keys();
      if (oldest !== undefined) this.#verified.delete(oldest);
    }
    return verified;
  }
}
