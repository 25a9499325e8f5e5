import { BACKLOG_SCENARIOS } from './backlog-scenarios.ts';
import { IDLE_SCENARIOS } from './idle-scenarios.ts';
import { OPERATED_SCENARIOS } from './operated-scenarios.ts';
import { RELAY_SCENARIOS } from './relay-scenarios.ts';
import type { Scenario } from './scenario.ts';
import { STORM_SCENARIOS } from './storm-scenarios.ts';

/** All, in the order in which they are measured. */
export const SCENARIOS: readonly Scenario[] = [
  ...RELAY_SCENARIOS,
  ...IDLE_SCENARIOS,
  ...STORM_SCENARIOS,
  ...BACKLOG_SCENARIOS,
  ...OPERATED_SCENARIOS,
];
