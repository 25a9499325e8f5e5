import { describeRelayStore } from '../relay-store.contract.ts';
import { directHarness, workerHarness } from './harness.contract.ts';

describeRelayStore('sqlite', workerHarness);

// What takes 32,768 envelopes otherwise happens here within a few, one row with each commit.
describeRelayStore(
  'sqlite, always settling',
  directHarness({ generation: 2, rowsPerCommit: 1, rowsPerEnvelope: 0, removals: 5 }),
);
