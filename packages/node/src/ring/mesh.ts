import type { Random } from '@sotto/protocol/crypto';
import type { Clock } from '@sotto/protocol/link';
import type { DescriptorSet, NodeKey } from '@sotto/protocol/ring';
import type { PeerLinks } from './peer-links.ts';

const LOOK_MS = 15_000;
/** In a network of at most so many nodes each keeps a link to each. */
const ALL = 64;
/** In a larger one: to so many at least. */
const SOME = 8;

/** Keeps links open, so that news travels and a question need not wait for a handshake (RING-42). */
export class Mesh {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #self: NodeKey;
  readonly #descriptors: DescriptorSet;
  readonly #links: PeerLinks;
  #cancel: (() => void) | null = null;
  #stopped = false;

  constructor(parts: { clock: Clock; random: Random; self: NodeKey; descriptors: DescriptorSet; links: PeerLinks }) {
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#self = parts.self;
    this.#descriptors = parts.descriptors;
    this.#links = parts.links;
  }

  /** Calls who is not reached, now and every quarter of a minute until all are. */
  look(): void {
    const others = this.#others();
    this.#cancel?.();
    this.#cancel = null;
    if (others.length === 0 || this.#stopped) return;
    const missing = (others.length <= ALL ? others : this.#some(others)).filter((key) => !this.#links.get(key).up);
    if (missing.length === 0) return;
    this.#cancel = this.#clock.after(LOOK_MS, () => this.look());
    for (const key of missing) this.#links.wanted(this.#links.get(key));
  }

  /** A node that leaves calls those that it needs itself, and is gone one day. */
  #others(): NodeKey[] {
    const newest = new Map<NodeKey, { readonly sequence: number; readonly weight: number }>();
    for (const descriptor of this.#descriptors.all()) {
      const before = newest.get(descriptor.key);
      if (before === undefined || before.sequence < descriptor.sequence) newest.set(descriptor.key, descriptor);
    }
    return [...newest].filter(([key, { weight }]) => key !== this.#self && weight > 0).map(([key]) => key);
  }

  /** A link ended: it is opened again after a while. */
  lost(): void {
    if (!this.#stopped) this.#cancel ??= this.#clock.after(LOOK_MS, () => this.look());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  #some(others: readonly NodeKey[]): NodeKey[] {
    const wanted = SOME - this.#links.up().length;
    const bytes = this.#random(2 * SOME);
    return Array.from({ length: Math.max(0, wanted) }, (_, at) => {
      const number = bytes[2 * at]! * 256 + bytes[2 * at + 1]!;
      return others[Math.floor((number / 65_536) * others.length)]!;
    });
  }
}
