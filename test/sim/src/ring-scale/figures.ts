import type { PlacedNode } from '@sotto/protocol/ring';
import type { HomesTable } from './scaled-ring.ts';

/** Users kept by each node, most first. */
export function loads(nodes: readonly PlacedNode[], table: HomesTable, users: Uint32Array): number[] {
  const byNode = new Map(nodes.map(({ key }) => [key, 0]));
  for (const [partition, homes] of table.entries()) {
    for (const home of homes) byNode.set(home, (byNode.get(home) ?? 0) + users[partition]!);
  }
  return [...byNode.values()].sort((a, b) => b - a);
}

export const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;

/** How much more the fullest node keeps than the mean one. */
export const maxOverMean = (sorted: readonly number[]): number => sorted[0]! / mean(sorted);

/** A copy of a partition that a node did not have before. */
export interface Move {
  readonly partition: number;
  readonly to: string;
  /** Homes before that still are in the ring: where the copy comes from. */
  readonly from: readonly string[];
}

export function movesBetween(before: HomesTable, after: HomesTable, gone: ReadonlySet<string>): Move[] {
  return after.flatMap((homes, partition) => {
    const old = before[partition]!;
    const from = old.filter((key) => !gone.has(key));
    return homes.filter((key) => !old.includes(key)).map((to) => ({ partition, to, from }));
  });
}

/** Share of all copies that move. */
export const movedShare = (moves: readonly Move[], table: HomesTable): number =>
  moves.length / table.reduce((sum, homes) => sum + homes.length, 0);

/** How many partitions lost 0, 1, 2, 3 homes when `gone` left at one moment. */
export function lossesOf(table: HomesTable, gone: ReadonlySet<string>): number[] {
  const counts = [0, 0, 0, 0];
  for (const homes of table) counts[homes.filter((key) => gone.has(key)).length]! += 1;
  return counts;
}

/**
 * Users whom somebody may mean who opens tunnels to certain homes. An entry sees one node for each message (the
 * coordinator); in the course of time it may see all three.
 */
export function candidates(
  table: HomesTable,
  users: Uint32Array,
): { readonly one: number[]; readonly three: number[] } {
  const byFirst = new Map<string, number>();
  const byTriple = new Map<string, number>();
  for (const [partition, homes] of table.entries()) {
    const triple = [...homes].sort().join();
    byTriple.set(triple, (byTriple.get(triple) ?? 0) + users[partition]!);
    byFirst.set(homes[0]!, (byFirst.get(homes[0]!) ?? 0) + users[partition]!);
  }
  const perUser = (keyOf: (homes: readonly string[]) => number): number[] =>
    table.flatMap((homes, partition) => Array<number>(users[partition]!).fill(keyOf(homes))).sort((a, b) => a - b);
  return {
    one: perUser((homes) => byFirst.get(homes[0]!)!),
    three: perUser((homes) => byTriple.get([...homes].sort().join())!),
  };
}

export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
