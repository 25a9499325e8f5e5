import { concat, sameBytes, utf8, type Primitives } from '../crypto/index.ts';
import { AdmissionCache } from './admission.ts';
import { EPOCHS_AHEAD, epochAt, epochStart, LEASE_MS } from './epoch.ts';
import { compareBytes, type NodeKey } from './node-key.ts';
import { verifyRingDescriptor, type RingDescriptor } from './ring-descriptor.ts';
import { RingError } from './ring-error.ts';
import { membershipOf, ringMember, viewOf, type Membership, type View } from './view.ts';

/** Two descriptors of one node with one sequence and different bodies (RING-9). */
export interface CheatProof {
  readonly key: NodeKey;
  /** Node id, 32 B. */
  readonly node: Uint8Array;
  /** Names it in gossip: by the node alone, as one proof is as good as another. */
  readonly mark: string;
  /** Encoded NodeDescriptors, the smaller first. */
  readonly first: Uint8Array;
  readonly second: Uint8Array;
}

/**
 * - new: taken in
 * - known: was here already
 * - older: one of the same node with a higher sequence makes it useless
 * - cheat: with what was here it proves that the node cheated, or the node is known to have cheated
 * - refused: not valid in this network, or over
 */
export type Addition = 'new' | 'known' | 'older' | 'cheat' | 'refused';

/** Descriptors kept of one node: the one that holds, the one to come, and room for a change of mind. */
const KEPT_OF_A_NODE = 4;
/** Nodes of one network that anybody keeps. */
const MAX_NODES = 20_000;
const VIEWS_KEPT = 8;

/** All valid descriptors a node or client has seen of one network. Views depend on what is in it, not on the order. */
export class DescriptorSet {
  readonly network: Uint8Array;
  readonly epochSeconds: number;
  readonly #primitives: Primitives;
  readonly #admissions = new AdmissionCache();
  /** By falling sequence. */
  readonly #byNode = new Map<NodeKey, readonly RingDescriptor[]>();
  readonly #proofs = new Map<NodeKey, CheatProof & { readonly until: number }>();
  readonly #views = new Map<number, View>();
  #membership: Membership | null = null;

  constructor(options: {
    readonly primitives: Primitives;
    /** Network id, 32 B. */
    readonly network: Uint8Array;
    readonly epochSeconds: number;
  }) {
    this.#primitives = options.primitives;
    this.network = options.network;
    this.epochSeconds = options.epochSeconds;
  }

  /** Never throws: what is not acceptable is refused. */
  add(encoded: Uint8Array, nowMs: number): Addition {
    let descriptor: RingDescriptor;
    try {
      descriptor = this.verify(encoded);
    } catch (error) {
      if (error instanceof RingError) return 'refused';
      throw error;
    }
    return this.addVerified(descriptor, nowMs);
  }

  /** @throws RingError when this is no descriptor of a node of this network */
  verify(encoded: Uint8Array): RingDescriptor {
    const options = { network: this.network, admissions: this.#admissions };
    const descriptor = verifyRingDescriptor(this.#primitives, encoded, options);
    if (descriptor.epochSeconds !== this.epochSeconds) throw new RingError('wrong-network', 'Epochs of other length.');
    return descriptor;
  }

  addVerified(descriptor: RingDescriptor, nowMs: number): Addition {
    const { key } = descriptor;
    if (this.#proofs.has(key)) return 'cheat';
    if (descriptor.until <= this.#oldest(nowMs)) return 'refused';
    const kept = this.#byNode.get(key) ?? [];
    const same = kept.find(({ sequence }) => sequence === descriptor.sequence);
    if (same !== undefined) {
      if (same.mark === descriptor.mark) return 'known';
      this.#expel(same, descriptor);
      return 'cheat';
    }
    if (kept.length === 0 && this.#byNode.size >= MAX_NODES) return 'refused';
    const all = [...kept, descriptor].sort((a, b) => b.sequence - a.sequence);
    const next = useful(all, this.#oldest(nowMs));
    if (!next.includes(descriptor)) return 'older';
    this.#byNode.set(key, next);
    this.#changed();
    return 'new';
  }

  /** Takes in what proves that a node cheated. @returns whether it does, and was not known */
  addProof(first: Uint8Array, second: Uint8Array, nowMs: number): boolean {
    try {
      const [one, other] = [this.verify(first), this.verify(second)];
      if (one.key !== other.key || one.sequence !== other.sequence || this.#proofs.has(one.key)) return false;
      if (one.mark === other.mark || proofEnd(one, other) <= nowMs) return false;
      this.#expel(one, other);
      return true;
    } catch (error) {
      if (error instanceof RingError) return false;
      throw error;
    }
  }

  /** By node id, then sequence. */
  all(): RingDescriptor[] {
    return [...this.#byNode.keys()].sort().flatMap((key) => [...(this.#byNode.get(key) ?? [])].reverse());
  }

  /** By falling sequence. */
  of(key: NodeKey): readonly RingDescriptor[] {
    return this.#byNode.get(key) ?? [];
  }

  get proofs(): readonly CheatProof[] {
    return [...this.#proofs.values()];
  }

  /** Whether the node was proven to cheat. */
  isExpelled(key: NodeKey): boolean {
    return this.#proofs.has(key);
  }

  /** What takes effect in that epoch by all that is known now (RING-7). */
  view(epoch: number): View {
    const known = this.#views.get(epoch);
    if (known !== undefined) return known;
    const at = epochStart(epoch, this.epochSeconds);
    const effective = [...this.#byNode.values()].flatMap((kept) => kept.find((one) => holds(one, at)) ?? []);
    const members = effective.map(ringMember).sort((a, b) => compareBytes(a.node, b.node));
    let membership = membershipOf(this.#primitives, members);
    // Who is home of what was perhaps computed already.
    if (this.#membership !== null && sameBytes(this.#membership.hash, membership.hash)) {
      membership = { ...membership, placement: this.#membership.placement };
    }
    this.#membership = membership;
    const view = viewOf(this.#primitives, epoch, membership);
    if (this.#views.size >= VIEWS_KEPT) this.#views.delete(this.#views.keys().next().value as number);
    this.#views.set(epoch, view);
    return view;
  }

  /** Forgets what can take effect no more, and proofs after two leases. @returns whether anything went */
  expire(nowMs: number): boolean {
    let gone = false;
    for (const [key, kept] of this.#byNode) {
      const next = useful(kept, this.#oldest(nowMs));
      if (next.length === kept.length) continue;
      gone = true;
      if (next.length === 0) this.#byNode.delete(key);
      else this.#byNode.set(key, next);
    }
    for (const [key, proof] of this.#proofs) {
      if (proof.until > nowMs) continue;
      gone = true;
      this.#proofs.delete(key);
    }
    if (gone) this.#changed();
    return gone;
  }

  /** 64 buckets of 8 B over what is held, by the first 6 bits of the node id. */
  digest(): Uint8Array {
    const buckets = Array.from({ length: 64 }, (): string[] => []);
    for (const { node, mark } of this.all()) buckets[bucketOf(node)]?.push(mark);
    for (const { node, mark } of this.#proofs.values()) buckets[bucketOf(node)]?.push(mark);
    return concat(...buckets.map((marks) => this.#primitives.sha256(utf8(marks.sort().join())).subarray(0, 8)));
  }

  /** Views of the two epochs before this one are still asked for: by the other side of a slow link, by a slow clock. */
  #oldest(nowMs: number): number {
    return epochStart(epochAt(nowMs, this.epochSeconds) - EPOCHS_AHEAD, this.epochSeconds);
  }

  #expel(one: RingDescriptor, other: RingDescriptor): void {
    const { key, node } = one;
    const [first, second] = one.mark < other.mark ? [one, other] : [other, one];
    const until = proofEnd(one, other);
    this.#proofs.set(key, {
      key,
      node,
      mark: key.slice(0, 16),
      first: first.encoded,
      second: second.encoded,
      until,
    });
    this.#byNode.delete(key);
    this.#changed();
  }

  #changed(): void {
    this.#views.clear();
  }
}

/** Which of the 64 buckets of a digest a node belongs to. */
export const bucketOf = (node: Uint8Array): number => (node[0] ?? 0) >>> 2;

const holds = (descriptor: RingDescriptor, atMs: number): boolean => descriptor.from <= atMs && atMs < descriptor.until;

/** @param kept by falling sequence @returns those that can take effect in an epoch that begins at `oldest` or later */
function useful(kept: readonly RingDescriptor[], oldest: number): RingDescriptor[] {
  const next: RingDescriptor[] = [];
  for (const descriptor of kept) {
    if (next.length === KEPT_OF_A_NODE) break;
    if (descriptor.until <= oldest) continue;
    if (next.some(({ from, until }) => from <= Math.max(descriptor.from, oldest) && until >= descriptor.until))
      continue;
    next.push(descriptor);
  }
  return next;
}

/** Two leases after what it is about: by then nothing of the node is around that could come back. */
const proofEnd = (one: RingDescriptor, other: RingDescriptor): number =>
  Math.max(one.until, other.until) + 2 * LEASE_MS;
