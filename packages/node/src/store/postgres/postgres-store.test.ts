import { describeRelayStore } from '../relay-store.contract.ts';
import { storeServer } from './harness.contract.ts';

const server = storeServer();

describeRelayStore('postgres', (limits) => server().harness(limits));
