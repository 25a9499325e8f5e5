import { compareBytes, type NodeKey } from './node-key.ts';
import type { PlacedNode } from './placement.ts';

export interface RankedNode {
  readonly node: PlacedNode;
  /** First 48 bits of the best of its hashes (RING-5). */
  readonly rank: number;
}

/** The best nodes of one partition: so many that homes and stand-ins can be told from them alone, as a rule. */
export interface BestNodes {
  /** Best first. */
  readonly best: readonly RankedNode[];
  /** Whoever is not among them comes after this one; null: there is nobody else. */
  readonly floor: RankedNode | null;
}

/** That are kept: six are chosen, and some are passed over because of their operator or subnet. */
const KEPT = 16;

/** Below 0: the first comes first. A tie goes to the lower position. */
export const compareRanked = (a: RankedNode, b: RankedNode): number =>
  b.rank - a.rank || compareBytes(a.node.position, b.node.position);

export function bestOf(all: Iterable<RankedNode>): BestNodes {
  const best: RankedNode[] = [];
  let isAll = true;
  for (const one of all) {
    if (best.length === KEPT) {
      isAll = false;
      // Most are worse than all of them and cost one comparison.
      if (compareRanked(best[KEPT - 1] as RankedNode, one) < 0) continue;
      best.pop();
    }
    insert(best, one);
  }
  return { best, floor: isAll ? null : (best.at(-1) ?? null) };
}

/**
 * The same after some nodes went and some came, without a look at the others.
 * @param still the node as it is now; null: it is not there any more, or has another rank
 */
export function changed(
  { best, floor }: BestNodes,
  still: (node: PlacedNode) => PlacedNode | null,
  added: readonly RankedNode[],
): BestNodes {
  const next: RankedNode[] = [];
  for (const { node, rank } of best) {
    const now = still(node);
    if (now !== null) next.push({ node: now, rank });
  }
  for (const one of added) if (floor === null || compareRanked(one, floor) < 0) insert(next, one);
  if (next.length <= 2 * KEPT) return { best: next, floor };
  return { best: next.slice(0, KEPT), floor: next[KEPT - 1] as RankedNode };
}

/**
 * `count` nodes, each the best of those with a new operator and new subnets, else of those with a new operator. When
 * every operator had its turn, all count as new again (RING-6).
 * @param operators how many there are of all nodes together
 * @returns null when it depends on nodes that are not among the best
 */
export function chooseNodes({ best, floor }: BestNodes, count: number, operators: number): NodeKey[] | null {
  const chosen: NodeKey[] = [];
  const taken = new Set<RankedNode>();
  const hadTurn = new Set<string>();
  const subnets = new Set<string>();
  while (chosen.length < count) {
    const free = best.filter((one) => !taken.has(one) && !hadTurn.has(one.node.domains.operator));
    const bothNew = free.find(({ node }) => !node.domains.subnets.some((subnet) => subnets.has(subnet)));
    // Somebody further down may be in a subnet of his own, unless there is no operator left.
    if (bothNew === undefined && floor !== null && hadTurn.size < operators) return null;
    const next = bothNew ?? free[0];
    if (next === undefined) {
      hadTurn.clear();
      continue;
    }
    taken.add(next);
    chosen.push(next.node.key);
    hadTurn.add(next.node.domains.operator);
    for (const subnet of next.node.domains.subnets) subnets.add(subnet);
  }
  return chosen;
}

function insert(best: RankedNode[], one: RankedNode): void {
  let at = best.length;
  while (at > 0 && compareRanked(one, best[at - 1] as RankedNode) < 0) at--;
  best.splice(at, 0, one);
}
