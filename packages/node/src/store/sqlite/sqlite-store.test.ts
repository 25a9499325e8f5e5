import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeRelayStore } from '../relay-store.contract.ts';
import { openSqliteStore } from './sqlite-store.ts';

describeRelayStore('sqlite', async (limits) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sotto-store-'));
  const open = () => openSqliteStore({ dataDir, limits, maxFileBytes: null });
  let current = await open();
  return {
    store: current,
    reopen: async () => {
      await current.close();
      current = await open();
      return current;
    },
    dispose: async () => {
      await current.close();
      await rm(dataDir, { recursive: true });
    },
  };
});
