import { RefusalCode } from '@sotto/protocol/wire';
import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../limits.ts';
import { NodeMetrics } from '../node-metrics.ts';
import { dividedLimits } from './divided-limits.ts';
import { MetricsSum } from './metrics-sum.ts';
import { RestartPace } from './restart-pace.ts';

const counted = (sends: number, links: number, refused: number): NodeMetrics => {
  const metrics = new NodeMetrics();
  metrics.sends = sends;
  metrics.linksOpen = links;
  metrics.refusals.set(RefusalCode.BUSY, refused);
  return metrics;
};

test('OPS-45: a sum counts each process once, and keeps what a dead one had counted, but not what was open there', () => {
  const sum = new MetricsSum();
  sum.report(1, counted(3, 2, 1));
  sum.report(1, counted(5, 2, 1));
  sum.report(2, counted(10, 4, 2));
  expect(sum.total()).toMatchObject({ sends: 15, linksOpen: 6, refusals: new Map([[RefusalCode.BUSY, 3]]) });
  sum.gone(2);
  sum.gone(2);
  expect(sum.total()).toMatchObject({ sends: 15, linksOpen: 2, refusals: new Map([[RefusalCode.BUSY, 3]]) });
  sum.report(2, counted(1, 1, 0));
  expect(sum.total(counted(99, 99, 99))).toMatchObject({ sends: 16, linksOpen: 3 });
});

test('OPS-46: what the machine has once is divided, what holds for a link is not', () => {
  const divided = dividedLimits({ links: 10, deliveryFrames: 5 }, 4);
  expect(divided).toMatchObject({
    links: 3,
    deliveryFrames: 5,
    halfOpen: DEFAULT_LIMITS.halfOpen / 4,
    pendingBytes: DEFAULT_LIMITS.pendingBytes / 4,
    halfOpenPerAddress: DEFAULT_LIMITS.halfOpenPerAddress / 2,
  });
  expect(dividedLimits({}, 2).halfOpenPerAddress).toBe(DEFAULT_LIMITS.halfOpenPerAddress);
});

test('OPS-44: who dies at once is started less and less often; who lived is started at once', () => {
  const pace = new RestartPace();
  const delays: number[] = [];
  for (let nowMs = 0; delays.length < 12; nowMs += 10) {
    pace.started(nowMs);
    delays.push(pace.ended(nowMs + 5));
  }
  expect(delays.slice(0, 4)).toEqual([20, 40, 80, 160]);
  expect(delays.at(-1)).toBe(10_000);
  pace.started(1e6);
  expect(pace.ended(1e6 + 30_000)).toBe(20);
});
