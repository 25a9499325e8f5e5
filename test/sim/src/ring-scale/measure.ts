import type { PlacedNode } from '@sotto/protocol/ring';
import { candidates, loads, lossesOf, maxOverMean, mean, movedShare, movesBetween, quantile } from './figures.ts';
import { repairCourse, type RepairPoint } from './repair.ts';
import { makeNode, makeNodes, scatterUsers, tableOf } from './scaled-ring.ts';

const DAY_CHURN = 0.01;
const MASS_LEAVE = 0.2;

interface Change {
  /** Share of all copies that a node had to fetch. */
  readonly moved: number;
  /** Share that had to move whatever the placement: copies whose node left, or that belong to nodes that came. */
  readonly fair: number;
  readonly maxOverMean: number;
  readonly repair: readonly RepairPoint[];
}

export interface Scale {
  readonly nodes: number;
  readonly users: number;
  /** Users kept by each node, most first. */
  readonly loads: readonly number[];
  readonly join: Change;
  readonly death: Change & { readonly heirs: number; readonly largestHeir: number };
  /** A day: one node in a hundred goes, as many come. */
  readonly churn: Change;
  readonly massLeave: Change & { readonly losses: readonly number[] };
  /** Candidates for a recipient, by user, fewest first. */
  readonly candidates: { readonly one: readonly number[]; readonly three: readonly number[] };
}

/** @param onProgress told what comes next: a thousand nodes take a minute or two */
export function measureScale(nodes: number, users: number, onProgress: (text: string) => void): Scale {
  const ring = makeNodes(nodes, 'scale');
  const population = scatterUsers(users, 'scale');
  onProgress('the ring');
  const table = tableOf(ring);

  const change = (after: readonly PlacedNode[]): Change => {
    const kept = new Set(after.map(({ key }) => key));
    const before = new Set(ring.map(({ key }) => key));
    const gone = new Set(ring.map(({ key }) => key).filter((key) => !kept.has(key)));
    const next = tableOf(after);
    const moves = movesBetween(table, next, gone);
    const leaves = table.reduce((sum, homes) => sum + homes.filter((key) => gone.has(key)).length, 0);
    const joins = after.filter(({ key }) => !before.has(key)).length;
    return {
      moved: movedShare(moves, table),
      fair: leaves / (table.length * 3) + joins / after.length,
      maxOverMean: maxOverMean(loads(after, next, population)),
      repair: repairCourse(moves, population),
    };
  };
  const heirsOf = (victim: PlacedNode): { heirs: number; largestHeir: number } => {
    const after = tableOf(ring.filter((node) => node !== victim));
    const shares = new Map<string, number>();
    const moves = movesBetween(table, after, new Set([victim.key]));
    for (const { to } of moves) shares.set(to, (shares.get(to) ?? 0) + 1);
    return { heirs: shares.size, largestHeir: Math.max(...shares.values()) / moves.length };
  };
  const newcomers = (count: number): PlacedNode[] =>
    Array.from({ length: count }, (_, i) => makeNode(`newcomer/${i}`, nodes + 4 * i + 1));
  const day = Math.max(1, Math.round(nodes * DAY_CHURN));
  const mass = Math.round(nodes * MASS_LEAVE);

  onProgress('a node joins');
  const join = change([...ring, ...newcomers(1)]);
  onProgress('a node dies');
  const victim = ring[Math.floor(nodes / 2)]!;
  const death = { ...change(ring.filter((node) => node !== victim)), ...heirsOf(victim) };
  onProgress('a day of churn');
  const churn = change([...ring.slice(day), ...newcomers(day)]);
  onProgress('a fifth leaves');
  const massLeave = {
    ...change(ring.slice(mass)),
    losses: lossesOf(table, new Set(ring.slice(0, mass).map(({ key }) => key))),
  };
  return {
    nodes,
    users,
    loads: loads(ring, table, population),
    join,
    death,
    churn,
    massLeave,
    candidates: candidates(table, population),
  };
}

export function describeScale(scale: Scale): string {
  const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
  const of = ({ moved, fair, maxOverMean: fullest, repair }: Change): string =>
    `moves ${percent(moved)} of all copies (${(moved / fair).toFixed(2)} x what must move), max/mean after it ${fullest.toFixed(2)}, all copies made after ${repair.at(-1)!.seconds} s`;
  const { one, three } = scale.candidates;
  const { losses, ...massLeave } = scale.massLeave;
  const total = losses.reduce((sum, count) => sum + count, 0);
  return [
    `${scale.nodes} nodes, ${scale.users} users`,
    `load: mean ${Math.round(mean(scale.loads))} users, most ${scale.loads[0]}, max/mean ${maxOverMean(scale.loads).toFixed(2)}`,
    `one join ${of(scale.join)}`,
    `one death ${of(scale.death)}; spread over ${scale.death.heirs} nodes, the largest takes ${percent(scale.death.largestHeir)}`,
    `1 % churn ${of(scale.churn)}`,
    `20 % leave ${of(massLeave)}; were they gone at one moment, ${percent(losses[3]! / total)} of the partitions would have no home left, ${percent(losses[2]! / total)} one`,
    `candidates for the recipient of a tunnelled message: by its node, median ${quantile(one, 0.5)} users, fewest ${one[0]}; by all three homes, median ${quantile(three, 0.5)}, one user in twenty below ${quantile(three, 0.05)}, fewest ${three[0]}`,
  ].join('\n');
}
