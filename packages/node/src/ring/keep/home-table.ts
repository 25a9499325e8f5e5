import type { Clock } from '@sotto/protocol/link';
import { COPIES, type NodeKey, type RingMember, type View } from '@sotto/protocol/ring';
import { PARTITIONS } from '@sotto/protocol/wire';
import type { RingRuntime } from '../ring-runtime.ts';

/** The partitions of which this node is a home, by rising number, for each other home of them. */
export type SharedPartitions = ReadonlyMap<NodeKey, readonly number[]>;

/** Hashes between two looks at the clock: some milliseconds. */
const HASHES = 4_096;
const ALL: readonly number[] = Array.from({ length: PARTITIONS }, (_, partition) => partition);

/** What this node keeps together with which other one. Placement is computed once for all epochs of the same members. */
export class HomeTable {
  readonly #clock: Clock;
  readonly #ring: RingRuntime;
  #members: readonly RingMember[] | null = null;
  #table: Promise<SharedPartitions> = Promise.resolve(new Map());

  constructor(parts: { readonly clock: Clock; readonly ring: RingRuntime }) {
    this.#clock = parts.clock;
    this.#ring = parts.ring;
  }

  /** By the view of now. */
  shared(): Promise<SharedPartitions> {
    const view = this.#ring.view();
    if (view.members !== this.#members) {
      this.#members = view.members;
      this.#table = this.#compute(view);
    }
    return this.#table;
  }

  async #compute(view: View): Promise<SharedPartitions> {
    const { self } = this.#ring;
    const table = new Map<NodeKey, number[]>();
    const keepers = view.members.filter(({ weight }) => weight > 0).map(({ key }) => key);
    if (!keepers.includes(self)) return table;
    if (keepers.length <= COPIES) {
      // So few that each of them is a home of everything.
      return new Map(keepers.filter((key) => key !== self).map((key) => [key, ALL]));
    }
    const perTurn = Math.max(1, Math.floor(HASHES / view.members.length));
    for (let partition = 0; partition < PARTITIONS; partition++) {
      // A large network is looked at in small pieces: others wait for this thread.
      if (partition % perTurn === 0) await new Promise<void>((resolve) => this.#clock.after(0, resolve));
      const { homes } = view.homes(partition);
      if (!homes.includes(self)) continue;
      for (const key of homes) {
        if (key === self) continue;
        const partitions = table.get(key);
        if (partitions === undefined) table.set(key, [partition]);
        else partitions.push(partition);
      }
    }
    return table;
  }
}

/** @param partitions rising */
export function inRange(partitions: readonly number[] | undefined, from: number, to: number): readonly number[] {
  return partitions === undefined ? [] : partitions.slice(firstFrom(partitions, from), firstFrom(partitions, to + 1));
}

function firstFrom(partitions: readonly number[], from: number): number {
  let [low, high] = [0, partitions.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (partitions[middle]! < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
