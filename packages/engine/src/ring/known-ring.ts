/** What is known of one network: its descriptors, and the view of the present epoch (RING-60). */
import { DescriptorSet, epochAt } from '@sotto/protocol/ring';
import type { View } from '@sotto/protocol/ring';
import { decodeNodeDescriptor, decodeNodeDescriptorBody } from '@sotto/protocol/wire';
import type { Primitives } from '../ports.ts';

const DEFAULT_EPOCH_SECONDS = 600;

export class KnownRing {
  readonly network: Uint8Array;
  /** When everything was fetched last, ms since 1970. */
  fetchedAtMs = 0;
  /** The epoch in which a node was asked last. */
  askedEpoch = -1;
  readonly #primitives: Primitives;
  #set: DescriptorSet | null = null;
  #epochSeconds = DEFAULT_EPOCH_SECONDS;

  constructor(primitives: Primitives, network: Uint8Array) {
    this.#primitives = primitives;
    this.network = network;
  }

  /** Of the present epoch; null: no node is known that counts now. */
  view(nowMs: number): View | null {
    return this.at(this.epoch(nowMs));
  }

  /** Of another epoch, by what is known now. */
  at(epoch: number): View | null {
    const view = this.#set?.view(epoch) ?? null;
    return view === null || view.members.length === 0 ? null : view;
  }

  epoch(nowMs: number): number {
    return epochAt(nowMs, this.#epochSeconds);
  }

  get epochMs(): number {
    return this.#epochSeconds * 1000;
  }

  /** Descriptors as they came from a node, or from the own disk. @returns how many of them were news */
  add(descriptors: readonly Uint8Array[], nowMs: number): number {
    if (this.#set === null) this.#begin(descriptors);
    const before = this.#set?.proofs.length ?? 0;
    const added = descriptors.filter((encoded) => this.#set?.add(encoded, nowMs) === 'new').length;
    return added + (this.#set?.proofs.length ?? 0) - before;
  }

  /** What to keep on the disk. */
  encoded(nowMs: number): Uint8Array[] {
    this.#set?.expire(nowMs);
    return this.#set?.all().map(({ encoded }) => encoded) ?? [];
  }

  /** The length of an epoch stands in every descriptor: what most of them say is the network's. */
  #begin(descriptors: readonly Uint8Array[]): void {
    const votes = new Map<number, number>();
    for (const encoded of descriptors) {
      const seconds = epochSecondsOf(encoded);
      if (seconds !== null) votes.set(seconds, (votes.get(seconds) ?? 0) + 1);
    }
    const [most] = [...votes].sort(([a, votesOfA], [b, votesOfB]) => votesOfB - votesOfA || a - b);
    if (most === undefined) return;
    this.#epochSeconds = most[0];
    this.#set = new DescriptorSet({
      primitives: this.#primitives,
      network: this.network,
      epochSeconds: this.#epochSeconds,
    });
  }
}

function epochSecondsOf(encoded: Uint8Array): number | null {
  try {
    const { epochSeconds } = decodeNodeDescriptorBody(decodeNodeDescriptor(encoded).body);
    return epochSeconds === 0 ? DEFAULT_EPOCH_SECONDS : epochSeconds;
  } catch {
    return null;
  }
}
