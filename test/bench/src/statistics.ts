/** @param sorted rising @param q 0..1 @returns the value below which a share of `q` lies; 0 when there is none */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
}

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

export function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = Float64Array.from(values).toSorted();
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), p999: quantile(sorted, 0.999) };
}

/** The upper one of two in the middle. */
export function median(values: readonly number[]): number {
  return quantile(Float64Array.from(values).toSorted(), 0.5);
}

/** The median of each figure over the runs that have it. */
export function medianOfEach<Key extends string>(
  runs: readonly Readonly<Partial<Record<Key, number>>>[],
): Partial<Record<Key, number>> {
  const keys = new Set(runs.flatMap((run) => Object.keys(run) as Key[]));
  const middle = (key: Key): number => median(runs.map((run) => run[key]).filter((value) => value !== undefined));
  return Object.fromEntries(Array.from(keys, (key) => [key, middle(key)])) as Partial<Record<Key, number>>;
}
