/** What is known of one network: its descriptors, and the view of the present epoch (RING-60). */
import { DescriptorSet, epochAt } from '@sotto/protocol/ring';
import type { View } from '@sotto/protocol/ring';
import { decodeNodeDescriptor, decodeNodeDescriptorBody } from '@sotto/protocol/wire';
import type { Primitives } from '../ports.ts';
import { toHex } from '../store/hex.ts';

const DEFAULT_EPOCH_SECONDS = 600;
/** That are looked at, of those that the descriptors of one answer say. */
const MAX_LENGTHS = 4;

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
    if (this.#set === null || this.#set.all().length === 0) return this.#begin(descriptors, nowMs);
    return take(this.#set, descriptors, nowMs);
  }

  /** What to keep on the disk. */
  encoded(nowMs: number): Uint8Array[] {
    this.#set?.expire(nowMs);
    return this.#set?.all().map(({ encoded }) => encoded) ?? [];
  }

  /**
   * The length of an epoch stands in every descriptor: what most of those say that hold is the network's. As long as none
   * holds nothing is settled: whoever is asked first could say anything.
   */
  #begin(descriptors: readonly Uint8Array[], nowMs: number): number {
    const byLength = new Map<number, Uint8Array[]>();
    for (const encoded of descriptors) {
      const seconds = epochSecondsOf(encoded);
      if (seconds === null) continue;
      const said = byLength.get(seconds);
      if (said === undefined) byLength.set(seconds, [encoded]);
      else said.push(encoded);
    }
    const likely = [...byLength].sort(([a, ofA], [b, ofB]) => ofB.length - ofA.length || a - b).slice(0, MAX_LENGTHS);
    let most = 0;
    for (const [epochSeconds, said] of likely) {
      const set = new DescriptorSet({ primitives: this.#primitives, network: this.network, epochSeconds });
      const news = take(set, said, nowMs);
      if (news <= most) continue;
      most = news;
      this.#set = set;
      this.#epochSeconds = epochSeconds;
    }
    return most;
  }
}

function take(set: DescriptorSet, descriptors: readonly Uint8Array[], nowMs: number): number {
  const before = set.proofs.length;
  const added = descriptors.filter((encoded) => set.add(encoded, nowMs) === 'new').length;
  return added + set.proofs.length - before;
}

/** Of how many nodes these are, whether they hold any more or not. */
export function nodesIn(descriptors: readonly Uint8Array[]): number {
  return new Set(descriptors.map((encoded) => toHex(decodeNodeDescriptorBody(decodeNodeDescriptor(encoded).body).node)))
    .size;
}

function epochSecondsOf(encoded: Uint8Array): number | null {
  try {
    const { epochSeconds } = decodeNodeDescriptorBody(decodeNodeDescriptor(encoded).body);
    return epochSeconds === 0 ? DEFAULT_EPOCH_SECONDS : epochSeconds;
  } catch {
    return null;
  }
}
