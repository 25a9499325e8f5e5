import type { Primitives } from '@sotto/protocol/crypto';
import { signDescriptor } from '@sotto/protocol/identity';
import type { NodeIdentity } from '../node-identity.ts';

/** Lease and renewal (network.md, "The ring"). */
const LEASE_MS = 24 * 3_600_000;
const RENEW_MS = 8 * 3_600_000;

/** The node's signed descriptor: made when first asked for, renewed when a third of its lease is over. */
export class OwnDescriptor {
  readonly #primitives: Primitives;
  readonly #identity: NodeIdentity;
  readonly #urls: readonly string[];
  readonly #capabilities: readonly string[];
  #encoded: Uint8Array | null = null;
  #signedMs = 0;

  constructor(
    primitives: Primitives,
    identity: NodeIdentity,
    says: { readonly urls: readonly string[]; readonly capabilities: readonly string[] },
  ) {
    this.#primitives = primitives;
    this.#identity = identity;
    this.#urls = says.urls;
    this.#capabilities = says.capabilities;
  }

  /** Encoded NodeDescriptor. */
  at(nowMs: number): Uint8Array {
    if (this.#encoded === null || nowMs - this.#signedMs >= RENEW_MS || nowMs < this.#signedMs) {
      const { linkKey, network, operator, nodeSeed } = this.#identity;
      this.#signedMs = nowMs;
      this.#encoded = signDescriptor(this.#primitives, nodeSeed, {
        linkKey,
        network,
        operator,
        urls: this.#urls,
        weight: 1,
        capabilities: this.#capabilities,
        from: nowMs,
        until: nowMs + LEASE_MS,
        sequence: nowMs,
      });
    }
    return this.#encoded;
  }
}
