import { describeRelayStore } from '../relay-store.contract.ts';
import { MemoryStore } from './memory-store.ts';

describeRelayStore('memory', (limits) => {
  const store = new MemoryStore(limits);
  return Promise.resolve({ store, reopen: null, dispose: () => store.close() });
});
