import type { Order } from '../run-scenario.ts';
import { operatedMissing, startOperatedNode } from '../servers/operated-node.ts';
import { scenarioOf } from './relay-scenarios.ts';
import type { Scenario } from './scenario.ts';
import type { Subject } from './subjects.ts';

/** Senders and recipients of a message are at different edges: each is stored, told by Redis, read and pushed. */
const OPERATED: Subject = {
  name: 'operated',
  title: 'Sotto, two edges, PostgreSQL with a synchronous standby, Redis',
  dialect: 'sotto',
  missing: operatedMissing,
  start: startOperatedNode,
};

const row = (name: string, work: string, order: Omit<Order, 'dialect'>, quickRuns: number): Scenario =>
  scenarioOf({ name: `operated-${name}`, group: 'operated', subject: OPERATED, work, order, runs: 3, quickRuns });

export const OPERATED_SCENARIOS: readonly Scenario[] = [
  row(
    'store-deliver-2048',
    '500 people who are away, 60 each, 2,048 B',
    { load: 'store', pairs: 500, window: 60, bodyBytes: 2_048, perRecipient: 60 },
    1,
  ),
  row(
    'burst-2048',
    'stored, pushed, acknowledged: 100 pairs, 16 in flight, 2,048 B',
    { load: 'relay', pairs: 100, window: 16, bodyBytes: 2_048 },
    0,
  ),
  row(
    'latency-2048',
    'stored, pushed, acknowledged: open loop at 500 msg/s, 2,048 B',
    { load: 'relay', pairs: 100, rate: 500, bodyBytes: 2_048 },
    1,
  ),
];
