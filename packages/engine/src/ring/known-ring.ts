/** What is known of one network: its descriptors, and the view of the present epoch (RING-60). */
import { DescriptorSet, epochAt } from '@sotto/protocol/ring';
import type { View } from '@sotto/protocol/ring';
import { decodeNodeDescriptor, decodeNodeDescriptorBody } from '@sotto/protocol/wire';
import type { Primitives } from '../ports.ts';
import { toHex } from '../store/hex.ts';

const DEFAULT_EPOCH_SECONDS = 600;
/** That are looked at, of those that the descriptors of one answer say. */
const MAX_LENGTHS = 4;
/** Each costs a signature to find out: who says so many that do not hold is not listened to any more. */
const MAX_REFUSED = 64;
/** An honest node keeps no more of one: the others are refused unseen. */
const MAX_OF_A_NODE = 4;

/** What came of an answer. */
export interface Taken {
  readonly news: number;
  /** So much of it did not hold that the rest was not looked at. */
  readonly isRubbish: boolean;
}

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

  /** Descriptors as they came from a node. */
  add(descriptors: readonly Uint8Array[], nowMs: number): Taken {
    return this.#add(descriptors, nowMs, MAX_REFUSED);
  }

  /** Descriptors from the own disk: leases of many of them may be over. */
  restore(descriptors: readonly Uint8Array[], nowMs: number): void {
    this.#add(descriptors, nowMs, Infinity);
  }

  /** What to keep on the disk. */
  encoded(nowMs: number): Uint8Array[] {
    this.#set?.expire(nowMs);
    return this.#set?.all().map(({ encoded }) => encoded) ?? [];
  }

  #add(descriptors: readonly Uint8Array[], nowMs: number, maxRefused: number): Taken {
    if (this.#set === null || this.#set.all().length === 0) return this.#begin(descriptors, nowMs, maxRefused);
    return take(this.#set, descriptors, nowMs, maxRefused);
  }

  /**
   * The length of an epoch stands in every descriptor: what most of those say that hold is the network's. As long as none
   * holds nothing is settled: whoever is asked first could say anything.
   */
  #begin(descriptors: readonly Uint8Array[], nowMs: number, maxRefused: number): Taken {
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
    let isRubbish = false;
    for (const [epochSeconds, said] of likely) {
      const set = new DescriptorSet({ primitives: this.#primitives, network: this.network, epochSeconds });
      const taken = take(set, said, nowMs, maxRefused);
      isRubbish ||= taken.isRubbish;
      if (taken.news <= most) continue;
      most = taken.news;
      this.#set = set;
      this.#epochSeconds = epochSeconds;
    }
    return { news: most, isRubbish };
  }
}

function take(set: DescriptorSet, descriptors: readonly Uint8Array[], nowMs: number, maxRefused: number): Taken {
  const before = set.proofs.length;
  const ofNode = new Map<string, number>();
  let [added, refused] = [0, 0];
  for (const encoded of descriptors) {
    if (refused >= maxRefused) break;
    const node = nodeIn(encoded) ?? '';
    const count = (ofNode.get(node) ?? 0) + 1;
    ofNode.set(node, count);
    const addition = node === '' || count > MAX_OF_A_NODE ? 'refused' : set.add(encoded, nowMs);
    if (addition === 'refused') refused++;
    else if (addition === 'new') added++;
  }
  return { news: added + set.proofs.length - before, isRubbish: refused >= maxRefused };
}

/** In hex; null: this is no descriptor. */
function nodeIn(encoded: Uint8Array): string | null {
  try {
    return toHex(decodeNodeDescriptorBody(decodeNodeDescriptor(encoded).body).node);
  } catch {
    return null;
  }
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
