import type { LoadOrder } from './load-process.ts';
import type { ServerKind } from './measure.ts';

/** A measurement: what server, what load, how often. The median of the runs is reported. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly server: ServerKind;
  readonly order: Omit<LoadOrder, 'server'>;
  readonly runs: number;
}

const relay = { load: 'relay', perRecipient: 0, rate: 0, seconds: 4 } as const;
const sparse = { pairs: 1_000, window: 1 } as const;
const burst = { pairs: 100, window: 16 } as const;

/** Live relay and its yardstick stand side by side, so that both meet the same machine. */
export const SCENARIOS: readonly Scenario[] = [512, 2_048].flatMap((bodyBytes): Scenario[] => [
  {
    name: `bare-sparse-${bodyBytes}`,
    title: `bare \`ws\`, sparse: 1,000 pairs, 1 in flight, ${bodyBytes} B`,
    server: 'ws',
    order: { ...relay, ...sparse, load: 'bare', bodyBytes },
    runs: 5,
  },
  {
    name: `live-sparse-${bodyBytes}`,
    title: `live-only envelopes, sparse: 1,000 pairs, 1 in flight, ${bodyBytes} B`,
    server: 'live',
    order: { ...relay, ...sparse, load: 'live', bodyBytes },
    runs: 5,
  },
  {
    name: `acknowledged-sparse-${bodyBytes}`,
    title: `live relay with acknowledgement and answer, sparse: 1,000 pairs, 1 in flight, ${bodyBytes} B`,
    server: 'live',
    order: { ...relay, ...sparse, bodyBytes },
    runs: 5,
  },
  {
    name: `bare-burst-${bodyBytes}`,
    title: `bare \`ws\`, burst: 100 pairs, 16 in flight, ${bodyBytes} B`,
    server: 'ws',
    order: { ...relay, ...burst, load: 'bare', bodyBytes },
    runs: 5,
  },
  {
    name: `live-burst-${bodyBytes}`,
    title: `live-only envelopes, burst: 100 pairs, 16 in flight, ${bodyBytes} B`,
    server: 'live',
    order: { ...relay, ...burst, load: 'live', bodyBytes },
    runs: 5,
  },
  {
    name: `acknowledged-burst-${bodyBytes}`,
    title: `live relay with acknowledgement and answer, burst: 100 pairs, 16 in flight, ${bodyBytes} B`,
    server: 'live',
    order: { ...relay, ...burst, bodyBytes },
    runs: 5,
  },
  {
    name: `live-latency-${bodyBytes}`,
    title: `live relay, open loop at 5,000 msg/s, ${bodyBytes} B`,
    server: 'live',
    order: { ...relay, pairs: 100, window: 0, rate: 5_000, bodyBytes },
    runs: 5,
  },
  {
    name: `stored-latency-${bodyBytes}`,
    title: `stored, then pushed, open loop at 5,000 msg/s, ${bodyBytes} B`,
    server: 'sqlite',
    order: { ...relay, pairs: 100, window: 0, rate: 5_000, bodyBytes },
    runs: 5,
  },
  {
    name: `store-deliver-${bodyBytes}`,
    title: `store for 500 people who are away, then deliver, ${bodyBytes} B`,
    server: 'sqlite',
    order: { load: 'store', pairs: 500, window: 60, rate: 0, bodyBytes, seconds: 0, perRecipient: 200 },
    runs: 5,
  },
]);

export const IDLE: Scenario = {
  name: 'idle',
  title: '10,000 idle attached connections',
  server: 'sqlite',
  order: { load: 'idle', pairs: 10_000, window: 0, rate: 0, bodyBytes: 0, seconds: 0, perRecipient: 0 },
  runs: 1,
};
