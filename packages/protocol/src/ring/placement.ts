import { utf8, concat, type Primitives } from '../crypto/index.ts';
import { PARTITIONS } from '../wire/index.ts';
import type { Domains } from './domain.ts';
import { compareBytes, type NodeKey } from './node-key.ts';

/** Copies that are wanted of everything, where there are nodes enough. */
export const COPIES = 3;
/** Nodes that stand in for homes out of reach. */
export const STAND_INS = 3;

/** Who keeps the mailboxes of one partition. */
export interface Homes {
  /** R nodes, best rank first. */
  readonly homes: readonly NodeKey[];
  /** Up to 3 nodes after them. */
  readonly standIns: readonly NodeKey[];
  readonly r: number;
  /** Receipts that make an envelope stored: floor(R / 2) + 1. */
  readonly w: number;
}

/** What placement needs to know of a node. */
export interface PlacedNode {
  readonly key: NodeKey;
  /** 32 B. */
  readonly position: Uint8Array;
  /** 0: home of nothing. */
  readonly weight: number;
  readonly domains: Domains;
}

const label = utf8('sotto/rank/1');

/** Weighted rendezvous hashing with domain skip (RING-5, RING-6); computed when asked for, kept per partition. */
export class Placement {
  readonly #primitives: Primitives;
  readonly #nodes: readonly PlacedNode[];
  readonly #inputs: readonly Uint8Array[];
  readonly #homes = new Map<number, Homes>();

  /** The order of `nodes` does not matter. */
  constructor(primitives: Primitives, nodes: readonly PlacedNode[]) {
    this.#primitives = primitives;
    this.#nodes = nodes.filter(({ weight }) => weight > 0);
    this.#inputs = this.#nodes.map(({ position }) => concat(label, position, new Uint8Array(4)));
  }

  /** @throws RangeError when there is no such partition */
  homes(partition: number): Homes {
    const known = this.#homes.get(partition);
    if (known !== undefined) return known;
    if (!Number.isInteger(partition) || partition < 0 || partition >= PARTITIONS) {
      throw new RangeError('There is no such partition.');
    }
    const homes = this.#place(partition);
    this.#homes.set(partition, homes);
    return homes;
  }

  #place(partition: number): Homes {
    const nodes = this.#nodes;
    const ranks = nodes.map((_, i) => this.#rank(i, partition));
    const chosen = chooseNodes(nodes, ranks, COPIES + STAND_INS);
    const r = Math.min(COPIES, nodes.length);
    return { homes: chosen.slice(0, r), standIns: chosen.slice(r), r, w: Math.floor(r / 2) + 1 };
  }

  /** First 48 bits of the best of `weight` hashes: whole numbers, so that every engine agrees. */
  #rank(index: number, partition: number): number {
    const input = this.#inputs[index] as Uint8Array;
    const weight = (this.#nodes[index] as PlacedNode).weight;
    const view = new DataView(input.buffer, input.length - 4);
    view.setUint16(0, partition);
    let best = 0;
    for (let i = 0; i < weight; i++) {
      view.setUint16(2, i);
      const hash = this.#primitives.sha256(input);
      const number = new DataView(hash.buffer, hash.byteOffset);
      best = Math.max(best, number.getUint16(0) * 2 ** 32 + number.getUint32(2));
    }
    return best;
  }
}

/**
 * The best `count` nodes, each the best of those with a new operator and new subnets, else of those with a new
 * operator. When every operator has its turn, all count as new again (RING-6).
 */
function chooseNodes(nodes: readonly PlacedNode[], ranks: readonly number[], count: number): NodeKey[] {
  const chosen: NodeKey[] = [];
  const taken = new Set<number>();
  const operators = new Set<string>();
  const subnets = new Set<string>();
  while (chosen.length < Math.min(count, nodes.length)) {
    let [bothNew, operatorNew] = [-1, -1];
    for (let i = 0; i < nodes.length; i++) {
      // Most are worse than both candidates and cost one comparison.
      if (!isBetter(nodes, ranks, i, bothNew) || taken.has(i)) continue;
      const { operator, subnets: own } = (nodes[i] as PlacedNode).domains;
      if (operators.has(operator)) continue;
      if (isBetter(nodes, ranks, i, operatorNew)) operatorNew = i;
      if (!own.some((subnet) => subnets.has(subnet))) bothNew = i;
    }
    const best = bothNew >= 0 ? bothNew : operatorNew;
    const node = nodes[best];
    if (node === undefined) {
      operators.clear();
      continue;
    }
    taken.add(best);
    chosen.push(node.key);
    operators.add(node.domains.operator);
    for (const subnet of node.domains.subnets) subnets.add(subnet);
  }
  return chosen;
}

function isBetter(nodes: readonly PlacedNode[], ranks: readonly number[], i: number, than: number): boolean {
  if (than < 0) return true;
  const difference = (ranks[i] as number) - (ranks[than] as number);
  if (difference !== 0) return difference > 0;
  return compareBytes((nodes[i] as PlacedNode).position, (nodes[than] as PlacedNode).position) < 0;
}
