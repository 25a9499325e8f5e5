import { expect, it } from 'vitest';
import { median, medianOfEach, quantile, quantilesOf } from './statistics.ts';

it('takes quantiles of what is there, and 0 of nothing', () => {
  const values = Array.from({ length: 1000 }, (_, at) => 999 - at);
  expect(quantilesOf(values)).toEqual({ p50: 500, p99: 990, p999: 999 });
  expect(quantilesOf([])).toEqual({ p50: 0, p99: 0, p999: 0 });
  expect(quantile([7], 1)).toBe(7);
});

it('sorts by number, not by text', () => {
  expect(median([100, 9, 20])).toBe(20);
  expect(median([2, 1])).toBe(2);
});

it('takes the median of each figure by itself, over the runs that have it', () => {
  const runs = [
    { rate: 3, cpu: 10 },
    { rate: 1, cpu: 30 },
    { rate: 2, cpu: 20, odd: 5 },
  ];
  expect(medianOfEach<'rate' | 'cpu' | 'odd'>(runs)).toEqual({ rate: 2, cpu: 20, odd: 5 });
});
