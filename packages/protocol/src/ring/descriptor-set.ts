import { decodeNodeDescriptor, WireError } from '../wire/index.ts';
import { sameBytes, type Primitives } from '../crypto/index.ts';
import { AdmissionCache } from './admission.ts';
import { EPOCHS_AHEAD, epochAt, epochStart, LEASE_MS } from './epoch.ts';
import { HeldMarks, MARK_BYTES, markOf } from './held-marks.ts';
import type { NodeKey } from './node-key.ts';
import { verifyRingDescriptor, type RingDescriptor } from './ring-descriptor.ts';
import { RingError } from './ring-error.ts';
import { membershipOf, viewOf, type Membership, type View } from './view.ts';

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
  /** Kept until then, ms since 1970. */
  readonly until: number;
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
/** Nodes of one network that anybody keeps, with those that cheated. */
const MAX_NODES = 20_000;
/** What begins later than so is refused: nobody signs it before, and it would be kept until then. */
const FARTHEST_MS = LEASE_MS;
const VIEWS_KEPT = 8;

/** All valid descriptors a node or client has seen of one network. Views depend on what is in it, not on the order. */
export class DescriptorSet {
  readonly network: Uint8Array;
  readonly epochSeconds: number;
  readonly #primitives: Primitives;
  readonly #maxNodes: number;
  readonly #verified: Map<string, RingDescriptor> | null;
  readonly #admissions = new AdmissionCache();
  /** By falling sequence. */
  readonly #byNode = new Map<NodeKey, readonly RingDescriptor[]>();
  readonly #proofs = new Map<NodeKey, CheatProof>();
  readonly #views = new Map<number, View>();
  #last: { readonly effective: readonly RingDescriptor[]; readonly membership: Membership } | null = null;
  readonly #held: HeldMarks<RingDescriptor | CheatProof>;
  readonly #byMark = new Map<string, RingDescriptor>();

  constructor(options: {
    readonly primitives: Primitives;
    /** Network id, 32 B. */
    readonly network: Uint8Array;
    readonly epochSeconds: number;
    /** By mark: what other sets of this network in one simulation verified already. */
    readonly verified?: Map<string, RingDescriptor>;
    readonly maxNodes?: number;
  }) {
    this.#primitives = options.primitives;
    this.#maxNodes = options.maxNodes ?? MAX_NODES;
    this.#verified = options.verified ?? null;
    this.#held = new HeldMarks(options.primitives);
    this.network = options.network;
    this.epochSeconds = options.epochSeconds;
  }

  /** Never throws: what is not acceptable is refused. */
  add(encoded: Uint8Array, nowMs: number): Addition {
    return this.take(encoded, nowMs).addition;
  }

  /** The same, with what was added: the descriptor that is new, or the proof that came of it. */
  take(encoded: Uint8Array, nowMs: number): { addition: Addition; item: RingDescriptor | CheatProof | null } {
    try {
      // Most of what gossip brings is here: no signature needs to be looked at.
      const mark = markOf(this.#primitives, decodeNodeDescriptor(encoded).body);
      if (this.find(mark) !== null) return { addition: 'known', item: null };
      const descriptor = this.#verified?.get(mark) ?? this.#verify(encoded);
      this.#verified?.set(mark, descriptor);
      if (this.#proofs.has(descriptor.key)) return { addition: 'cheat', item: null };
      return this.#insert(descriptor, nowMs);
    } catch (error) {
      if (error instanceof RingError || error instanceof WireError) return { addition: 'refused', item: null };
      throw error;
    }
  }

  /** Takes in what proves that a node cheated. @returns null when it does not, or was known */
  addProof(first: Uint8Array, second: Uint8Array, nowMs: number): CheatProof | null {
    try {
      const [one, other] = [this.#verify(first), this.#verify(second)];
      if (one.key !== other.key || one.sequence !== other.sequence || one.mark === other.mark) return null;
      if (this.#proofs.has(one.key) || proofEnd(one, other) <= nowMs) return null;
      if (this.#isFar(one, nowMs) || this.#isFar(other, nowMs) || !this.#hasRoomFor(one.key)) return null;
      return this.#expel(one, other);
    } catch (error) {
      if (error instanceof RingError) return null;
      throw error;
    }
  }

  #verify(encoded: Uint8Array): RingDescriptor {
    const options = { network: this.network, admissions: this.#admissions };
    const descriptor = verifyRingDescriptor(this.#primitives, encoded, options);
    if (descriptor.epochSeconds !== this.epochSeconds) throw new RingError('wrong-network', 'Epochs of other length.');
    return descriptor;
  }

  #insert(descriptor: RingDescriptor, nowMs: number): { addition: Addition; item: RingDescriptor | CheatProof | null } {
    const { key } = descriptor;
    if (this.#isFar(descriptor, nowMs)) return { addition: 'refused', item: null };
    const kept = this.#byNode.get(key) ?? [];
    const same = kept.find(({ sequence }) => sequence === descriptor.sequence);
    if (same !== undefined) return { addition: 'cheat', item: this.#expel(same, descriptor) };
    const oldest = this.#oldest(nowMs);
    if (descriptor.until <= oldest || !this.#hasRoomFor(key)) return { addition: 'refused', item: null };
    const all = [...kept, descriptor].sort((a, b) => b.sequence - a.sequence);
    const next = useful(all, oldest);
    if (!next.includes(descriptor)) return { addition: 'older', item: null };
    this.#keep(key, next);
    return { addition: 'new', item: descriptor };
  }

  #isFar({ from }: RingDescriptor, nowMs: number): boolean {
    return from > nowMs + FARTHEST_MS + EPOCHS_AHEAD * this.epochSeconds * 1000;
  }

  #hasRoomFor(key: NodeKey): boolean {
    return this.#byNode.has(key) || this.#byNode.size + this.#proofs.size < this.#maxNodes;
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
    const membership = this.#membershipAt(epochStart(epoch, this.epochSeconds));
    const view = viewOf(this.#primitives, epoch, membership);
    if (this.#views.size >= VIEWS_KEPT) this.#views.delete(this.#views.keys().next().value as number);
    this.#views.set(epoch, view);
    return view;
  }

  /** Most changes concern times to come: then the membership is that of the last view asked for, or has its placement. */
  #membershipAt(atMs: number): Membership {
    const effective = [...this.#byNode.values()].flatMap((kept) => kept.find((one) => holds(one, atMs)) ?? []);
    const last = this.#last;
    if (last?.effective.length === effective.length && last.effective.every((one, i) => one === effective[i])) {
      return last.membership;
    }
    const sorted = [...effective].sort((a, b) => (a.key < b.key ? -1 : 1));
    let membership = membershipOf(this.#primitives, sorted, last?.membership.placement);
    if (last !== null && sameBytes(last.membership.hash, membership.hash)) {
      membership = { ...membership, placement: last.membership.placement };
    }
    this.#last = { effective, membership };
    return membership;
  }

  /** Forgets what can take effect no more, and proofs after two leases. @returns whether anything went */
  expire(nowMs: number): boolean {
    let gone = false;
    for (const [key, kept] of this.#byNode) {
      const next = useful(kept, this.#oldest(nowMs));
      if (next.length === kept.length) continue;
      gone = true;
      this.#keep(key, next);
    }
    for (const [key, proof] of this.#proofs) {
      if (proof.until > nowMs) continue;
      gone = true;
      this.#proofs.delete(key);
      this.#held.remove(proof);
    }
    if (gone) this.#changed();
    return gone;
  }

  /** What gossip compares: descriptors and proofs, by the first 6 bits of the node id. */
  inBucket(bucket: number): readonly (RingDescriptor | CheatProof)[] {
    return this.#held.inBucket(bucket);
  }

  /** The descriptor with that mark. */
  find(mark: string): RingDescriptor | null {
    return this.#byMark.get(mark) ?? null;
  }

  /** A set that holds the same now: what it holds is verified already. */
  copy(): DescriptorSet {
    const copy = new DescriptorSet({
      primitives: this.#primitives,
      network: this.network,
      epochSeconds: this.epochSeconds,
      maxNodes: this.#maxNodes,
    });
    for (const [key, kept] of this.#byNode) copy.#keep(key, kept);
    for (const proof of this.#proofs.values()) copy.#keepProof(proof);
    copy.#last = this.#last;
    return copy;
  }

  /** 64 buckets of 8 B over the marks held, by the first 6 bits of the node id (RING-16). */
  digest(): Uint8Array {
    return this.#held.digest();
  }

  /** Views of the two epochs before this one are still asked for: by the other side of a slow link, by a slow clock. */
  #oldest(nowMs: number): number {
    return epochStart(epochAt(nowMs, this.epochSeconds) - EPOCHS_AHEAD, this.epochSeconds);
  }

  #expel(one: RingDescriptor, other: RingDescriptor): CheatProof {
    const { key, node } = one;
    const [first, second] = one.mark < other.mark ? [one.encoded, other.encoded] : [other.encoded, one.encoded];
    const proof = { key, node, mark: key.slice(0, 2 * MARK_BYTES), first, second, until: proofEnd(one, other) };
    this.#keepProof(proof);
    this.#keep(key, []);
    return proof;
  }

  #keep(key: NodeKey, next: readonly RingDescriptor[]): void {
    for (const descriptor of this.#byNode.get(key) ?? []) {
      this.#byMark.delete(descriptor.mark);
      this.#held.remove(descriptor);
    }
    for (const descriptor of next) {
      this.#byMark.set(descriptor.mark, descriptor);
      this.#held.add(descriptor);
    }
    if (next.length === 0) this.#byNode.delete(key);
    else this.#byNode.set(key, next);
    this.#changed();
  }

  #keepProof(proof: CheatProof): void {
    this.#proofs.set(proof.key, proof);
    this.#held.add(proof);
  }

  #changed(): void {
    this.#views.clear();
  }
}

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
