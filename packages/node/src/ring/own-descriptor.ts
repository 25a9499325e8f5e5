import type { Primitives } from '@sotto/protocol/crypto';
import { type DescriptorFields, signDescriptor } from '@sotto/protocol/identity';
import { epochAt, epochStart, leaseAt, RENEWAL_MS, type RingDescriptor } from '@sotto/protocol/ring';
import { type Admission, AdmissionSchema, encode } from '@sotto/protocol/wire';
import type { NodeIdentity } from '../node-identity.ts';

export interface OwnDescriptorParts {
  readonly primitives: Primitives;
  readonly identity: NodeIdentity;
  readonly epochSeconds: number;
  readonly admission: Admission;
  readonly urls: readonly string[];
  readonly capabilities: readonly string[];
  /** What this node has signed and still counts, by falling sequence. */
  readonly held: () => readonly RingDescriptor[];
  /** Nobody else is in the network: what is signed counts at once, for there is nobody who could see it otherwise. */
  readonly alone: () => boolean;
  /** The highest sequence that was ever signed. */
  readonly lastSequence: number;
  /** Kept when it returns: before anybody sees what is signed with it. */
  readonly keepSequence: (sequence: number) => void;
}

/**
 * What this node says of itself (RING-40): signed for the epoch two ahead, renewed every 8 h, never two of one sequence. A node that
 * is not in force yet introduces itself to clients with a lease in which no epoch begins: no view can take it in.
 */
export class OwnDescriptor {
  readonly #parts: OwnDescriptorParts;
  #introduction: { readonly encoded: Uint8Array; readonly until: number } | null = null;
  #sequence: number;
  /** 1; 0 when the node leaves. */
  #weight: number;

  constructor(parts: OwnDescriptorParts) {
    this.#parts = parts;
    this.#sequence = parts.lastSequence;
    this.#weight = 1;
  }

  /** Encoded. */
  get admission(): Uint8Array {
    return encode(AdmissionSchema, this.#parts.admission);
  }

  get sequence(): number {
    return this.#sequence;
  }

  get weight(): number {
    return this.#weight;
  }

  set weight(weight: number) {
    this.#weight = weight;
  }

  /** Encoded: what is shown to clients now. */
  at(nowMs: number): Uint8Array {
    const held = this.#parts.held();
    const current = held.find(({ from, until }) => from <= nowMs && nowMs < until);
    return current === undefined ? this.#introduce(nowMs) : current.encoded;
  }

  /** Encoded: what other nodes will know this one by. */
  newest(nowMs: number): Uint8Array {
    return this.#parts.held()[0]?.encoded ?? this.at(nowMs);
  }

  /** A new one when something changed or a third of the lease is over; null when there is no need. */
  renew(nowMs: number): Uint8Array | null {
    const newest = this.#parts.held()[0];
    if (newest !== undefined && this.#stillTrue(newest, nowMs)) return null;
    const { alone, epochSeconds } = this.#parts;
    // From the epoch before this one, so that a client whose clock is slow finds the node, too.
    const lease = alone()
      ? leaseAt(nowMs - epochSeconds * 1000, epochSeconds, true)
      : leaseAt(nowMs, epochSeconds, false);
    return this.#sign(lease, this.#weight, nowMs);
  }

  /** When renew() is to be asked again. */
  renewsAtMs(nowMs: number): number {
    const newest = this.#parts.held()[0];
    return newest === undefined ? nowMs : Math.max(nowMs, newest.until - 2 * RENEWAL_MS);
  }

  #stillTrue(newest: RingDescriptor, nowMs: number): boolean {
    const { urls, capabilities, identity } = this.#parts;
    return (
      newest.until - nowMs > 2 * RENEWAL_MS &&
      newest.weight === this.#weight &&
      newest.urls.join(' ') === urls.join(' ') &&
      newest.capabilities.join(' ') === capabilities.join(' ') &&
      newest.linkKey.every((byte, at) => byte === identity.linkKey[at])
    );
  }

  #introduce(nowMs: number): Uint8Array {
    const { epochSeconds } = this.#parts;
    if (this.#introduction === null || nowMs >= this.#introduction.until) {
      const until = epochStart(epochAt(nowMs, epochSeconds) + 1, epochSeconds);
      const encoded = this.#sign({ from: Math.min(nowMs, until - 1), until }, 0, nowMs);
      this.#introduction = { encoded, until };
    }
    return this.#introduction.encoded;
  }

  #sign(lease: { from: number; until: number }, weight: number, nowMs: number): Uint8Array {
    const { primitives, identity, epochSeconds, admission, urls, capabilities } = this.#parts;
    const { linkKey, network, operator, nodeSeed, founders } = identity;
    this.#sequence = Math.max(this.#sequence + 1, nowMs);
    this.#parts.keepSequence(this.#sequence);
    const fields: DescriptorFields = {
      linkKey,
      network,
      operator,
      urls,
      weight,
      capabilities,
      ...lease,
      sequence: this.#sequence,
      admission,
      founders,
      epochSeconds,
    };
    return signDescriptor(primitives, nodeSeed, fields);
  }
}
