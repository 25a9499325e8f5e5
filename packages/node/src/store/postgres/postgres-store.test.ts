import { describe } from 'vitest';
import { describeRelayStore } from '../relay-store.contract.ts';
import { postgresMissing, storeServer } from './harness.contract.ts';

describe.skipIf(postgresMissing)('the verbs of the port', () => {
  const server = storeServer();
  describeRelayStore('postgres', (limits) => server().harness(limits));
});
