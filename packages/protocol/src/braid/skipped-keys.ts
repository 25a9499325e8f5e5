/**
 * Seeds of messages that were overtaken, by counter. Kept as runs of consecutive counters with their seeds side by
 * side: a jump adds one run, taking a key splits one, and nothing is copied but the short list of runs. Immutable.
 */
export interface SkippedRun {
  readonly first: number;
  /** 32 B for each counter. */
  readonly seeds: Uint8Array;
}

/** Ascending, not overlapping. */
export type SkippedKeys = readonly SkippedRun[];

export const NO_SKIPPED_KEYS: SkippedKeys = [];

export const SEED_LENGTH = 32;

export const runLength = (run: SkippedRun): number => run.seeds.length / SEED_LENGTH;

export function countSkipped(keys: SkippedKeys): number {
  let count = 0;
  for (const run of keys) count += runLength(run);
  return count;
}

/** The seed for a counter and the keys that are left; null when there is none. */
export function takeSkipped(keys: SkippedKeys, counter: number): { seed: Uint8Array; rest: SkippedKeys } | null {
  const at = findRun(keys, counter);
  const run = keys[at];
  if (run === undefined || counter < run.first || counter >= run.first + runLength(run)) return null;
  const offset = (counter - run.first) * SEED_LENGTH;
  const rest = keys.slice(0, at);
  if (offset > 0) rest.push({ first: run.first, seeds: run.seeds.subarray(0, offset) });
  if (offset + SEED_LENGTH < run.seeds.length) {
    rest.push({ first: counter + 1, seeds: run.seeds.subarray(offset + SEED_LENGTH) });
  }
  for (let i = at + 1; i < keys.length; i++) rest.push(keys[i]!);
  return { seed: run.seeds.subarray(offset, offset + SEED_LENGTH), rest };
}

/** Without the `count` lowest counters. */
export function dropOldest(keys: SkippedKeys, count: number): SkippedKeys {
  let left = count;
  for (const [i, run] of keys.entries()) {
    const length = runLength(run);
    if (left < length) {
      if (left === 0) return keys.slice(i);
      const cut = { first: run.first + left, seeds: run.seeds.subarray(left * SEED_LENGTH) };
      return [cut, ...keys.slice(i + 1)];
    }
    left -= length;
  }
  return NO_SKIPPED_KEYS;
}

/** Index of the last run that begins at or below `counter`; -1 when none does. */
function findRun(keys: SkippedKeys, counter: number): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]!.first <= counter) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
