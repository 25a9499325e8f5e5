/** What every RelayStore does, backend by backend: the rules of docs/protocol/store.md as tests. */
import { describe } from 'vitest';
import { describeAccountRecord } from './contract/account-record.contract.ts';
import { describeDirectory } from './contract/directory.contract.ts';
import { type OpenHarness } from './contract/harness.ts';
import { describeLifetime } from './contract/lifetime.contract.ts';
import { describePartitions } from './contract/partitions.contract.ts';
import { describeQueues } from './contract/queues.contract.ts';
import { describeQuotas } from './contract/quotas.contract.ts';

export { type OpenHarness } from './contract/harness.ts';

export function describeRelayStore(name: string, open: OpenHarness): void {
  describe(`RelayStore: ${name}`, () => {
    describeQueues(open);
    describeQuotas(open);
    describeDirectory(open);
    describePartitions(open);
    describeAccountRecord(open);
    describeLifetime(open);
  });
}
