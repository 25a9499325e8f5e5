import { decodeNodeDescriptor, WireError } from '../wire/index.ts';
import { sameBytes, type Primitives } from '../crypto/index.ts';
import { AdmissionCache } from './admission.ts';
import { EPOCHS_AHEAD, epochAt, epochStart, LEASE_MS } from './epoch.ts';
import { digestOf, MARK_BYTES, markOf } from './held-marks.ts';
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
  readonly #proofs = new Map<NodeKey, CheatProof>();
  readonly #views = new Map<number, View>();
  #membership: Membership | null = null;
  #held: readonly (RingDescriptor | CheatProof)[] | null = null;
  #digest: Uint8Array | null = null;
  #byMark: Map<string, RingDescriptor> | null = null;

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
    return this.take(encoded, nowMs).addition;
  }

  /** The same, with what was added: the descriptor that is new, or the proof that came of it. */
  take(encoded: Uint8Array, nowMs: number): { addition: Addition; item: RingDescriptor | CheatProof | null } {
    try {
      // Most of what gossip brings is here: no signature needs to be looked at.
      const mark = markOf(this.#primitives, decodeNodeDescriptor(encoded).body);
      if (this.find(mark) !== null) return { addition: 'known', item: null };
      const descriptor = this.#verify(encoded);
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
    const kept = this.#byNode.get(key) ?? [];
    const same = kept.find(({ sequence }) => sequence === descriptor.sequence);
    if (same !== undefined) return { addition: 'cheat', item: this.#expel(same, descriptor) };
    const oldest = this.#oldest(nowMs);
    if (descriptor.until <= oldest) return { addition: 'refused', item: null };
    if (kept.length === 0 && this.#byNode.size >= MAX_NODES) return { addition: 'refused', item: null };
    const all = [...kept, descriptor].sort((a, b) => b.sequence - a.sequence);
    const next = useful(all, oldest);
    if (!next.includes(descriptor)) return { addition: 'older', item: null };
    this.#byNode.set(key, next);
    this.#changed();
    return { addition: 'new', item: descriptor };
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

  /** What gossip compares: descriptors and proofs. */
  held(): readonly (RingDescriptor | CheatProof)[] {
    this.#held ??= [...this.all(), ...this.#proofs.values()];
    return this.#held;
  }

  /** The descriptor with that mark. */
  find(mark: string): RingDescriptor | null {
    this.#byMark ??= new Map(this.all().map((descriptor) => [descriptor.mark, descriptor]));
    return this.#byMark.get(mark) ?? null;
  }

  /** 64 buckets of 8 B over the marks held, by the first 6 bits of the node id (RING-16). */
  digest(): Uint8Array {
    this.#digest ??= digestOf(this.#primitives, this.held());
    return this.#digest;
  }

  /** Views of the two epochs before this one are still asked for: by the other side of a slow link, by a slow clock. */
  #oldest(nowMs: number): number {
    return epochStart(epochAt(nowMs, this.epochSeconds) - EPOCHS_AHEAD, this.epochSeconds);
  }

  #expel(one: RingDescriptor, other: RingDescriptor): CheatProof {
    const { key, node } = one;
    const [first, second] = one.mark < other.mark ? [one.encoded, other.encoded] : [other.encoded, one.encoded];
    const proof = { key, node, mark: key.slice(0, 2 * MARK_BYTES), first, second, until: proofEnd(one, other) };
    this.#proofs.set(key, proof);
    this.#byNode.delete(key);
    this.#changed();
    return proof;
  }

  #changed(): void {
    this.#views.clear();
    this.#held = null;
    this.#digest = null;
    this.#byMark = null;
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
