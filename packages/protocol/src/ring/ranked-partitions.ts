import { concat, sameBytes, utf8, type Primitives } from '../crypto/index.ts';
import { bestOf, type BestNodes, changed, type RankedNode } from './best-nodes.ts';
import type { NodeKey } from './node-key.ts';
import type { PlacedNode } from './placement.ts';

const label = utf8('sotto/rank/1');
/** So many sets of nodes that followed one another may still know something of use. */
const CHAIN = 8;

/**
 * The best nodes of each partition, ranked when they are asked for. Where a set of nodes before this one knows those of a
 * partition, only nodes that came since are ranked: one that joins or leaves does not cost what all of them cost.
 */
export class RankedPartitions {
  readonly #primitives: Primitives;
  readonly #byKey: ReadonlyMap<NodeKey, PlacedNode>;
  readonly #inputs = new Map<NodeKey, Uint8Array>();
  readonly #best = new Map<number, BestNodes>();
  #before: RankedPartitions | null;
  /** That were not before, or not so. */
  readonly #added: readonly PlacedNode[];

  /** @param nodes those with weight @param before gives up what it knows, partition by partition */
  constructor(primitives: Primitives, nodes: readonly PlacedNode[], before: RankedPartitions | null) {
    this.#primitives = primitives;
    this.#byKey = new Map(nodes.map((node) => [node.key, node]));
    this.#before = before;
    this.#added = before === null ? [] : nodes.filter((node) => before.#still(node) === null);
    before?.cut(CHAIN - 1);
  }

  /** As it is known, perhaps too few; null: it has to be looked at all of them. */
  known(partition: number): BestNodes | null {
    const known = this.#take(partition);
    if (known !== null) this.#best.set(partition, known);
    return known;
  }

  /** All nodes, ranked for a partition. The best are kept. */
  all(partition: number): { readonly all: readonly RankedNode[]; readonly best: BestNodes } {
    const all = [...this.#byKey.values()].map((node) => this.#ranked(node, partition));
    const best = bestOf(all);
    this.#best.set(partition, best);
    return { all, best };
  }

  /** Lets go of what was before the last `links` sets. */
  cut(links: number): void {
    if (links <= 1) this.#before = null;
    else this.#before?.cut(links - 1);
  }

  #take(partition: number): BestNodes | null {
    const own = this.#best.get(partition) ?? null;
    this.#best.delete(partition);
    if (own !== null || this.#before === null) return own;
    const before = this.#before.#take(partition);
    if (before === null) return null;
    const added = this.#added.map((node) => this.#ranked(node, partition));
    return changed(before, (node) => this.#still(node), added);
  }

  /** The node as it is here; null: it is not, or its ranks are others. */
  #still({ key, position, weight }: PlacedNode): PlacedNode | null {
    const here = this.#byKey.get(key);
    return here !== undefined && here.weight === weight && sameBytes(here.position, position) ? here : null;
  }

  /** First 48 bits of the best of `weight` hashes: whole numbers, so that every engine agrees. */
  #ranked(node: PlacedNode, partition: number): RankedNode {
    const input = this.#inputOf(node);
    const view = new DataView(input.buffer, input.length - 4);
    view.setUint16(0, partition);
    let rank = 0;
    for (let i = 0; i < node.weight; i++) {
      view.setUint16(2, i);
      const hash = this.#primitives.sha256(input);
      const number = new DataView(hash.buffer, hash.byteOffset);
      rank = Math.max(rank, number.getUint16(0) * 2 ** 32 + number.getUint32(2));
    }
    return { node, rank };
  }

  #inputOf({ key, position }: PlacedNode): Uint8Array {
    const known = this.#inputs.get(key);
    if (known !== undefined) return known;
    const input = concat(label, position, new Uint8Array(4));
    this.#inputs.set(key, input);
    return input;
  }
}
