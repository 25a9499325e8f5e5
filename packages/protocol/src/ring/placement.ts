import type { Primitives } from '../crypto/index.ts';
import { PARTITIONS } from '../wire/index.ts';
import type { Domains } from './domain.ts';
import { chooseNodes, compareRanked } from './best-nodes.ts';
import type { NodeKey } from './node-key.ts';
import { RankedPartitions } from './ranked-partitions.ts';

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

/** Weighted rendezvous hashing with domain skip (RING-5, RING-6); computed when asked for, kept per partition. */
export class Placement {
  readonly #nodes: number;
  readonly #operators: number;
  readonly #ranked: RankedPartitions;
  readonly #homes = new Map<number, Homes>();

  /** The order of `nodes` does not matter. @param before of the same network, with other nodes: it makes this one cheaper */
  constructor(primitives: Primitives, nodes: readonly PlacedNode[], before: Placement | null = null) {
    const placed = nodes.filter(({ weight }) => weight > 0);
    this.#nodes = placed.length;
    this.#operators = new Set(placed.map(({ domains }) => domains.operator)).size;
    this.#ranked = new RankedPartitions(primitives, placed, before === null ? null : before.#ranked);
  }

  /** @throws RangeError when there is no such partition */
  homes(partition: number): Homes {
    const known = this.#homes.get(partition);
    if (known !== undefined) return known;
    if (!Number.isInteger(partition) || partition < 0 || partition >= PARTITIONS) {
      throw new RangeError('There is no such partition.');
    }
    const chosen = this.#choose(partition, Math.min(COPIES + STAND_INS, this.#nodes));
    const r = Math.min(COPIES, this.#nodes);
    const homes = { homes: chosen.slice(0, r), standIns: chosen.slice(r), r, w: Math.floor(r / 2) + 1 };
    this.#homes.set(partition, homes);
    return homes;
  }

  #choose(partition: number, count: number): NodeKey[] {
    const known = this.#ranked.known(partition);
    const fromKnown = known === null ? null : chooseNodes(known, count, this.#operators);
    if (fromKnown !== null) return fromKnown;
    const { all, best } = this.#ranked.all(partition);
    const fromBest = chooseNodes(best, count, this.#operators);
    if (fromBest !== null) return fromBest;
    return chooseNodes({ best: all.toSorted(compareRanked), floor: null }, count, this.#operators) ?? [];
  }
}
