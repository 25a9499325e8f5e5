import { nodePrimitives } from '@sotto/primitives-node';
import type { Config } from '../config/config.ts';
import type { Log } from '../log.ts';
import type { NodeSecrets } from '../node-identity.ts';
import { isDatabaseUrl, openStore } from '../store/open-store.ts';
import type { RelayStore } from '../store/relay-store.ts';
import { DEFAULT_STORE_LIMITS } from '../store/store-limits.ts';
import { nodeClock } from './node-clock.ts';

/**
 * The store that the configuration names; null: a live node.
 * @throws RelayStoreError, also when the database is that of another node
 */
export async function openNodeStore(
  { store, data, durability, databaseConnections }: Config,
  { nodeSeed }: NodeSecrets,
  log: Log,
): Promise<RelayStore | null> {
  if (store === 'none') return null;
  if (!isDatabaseUrl(store)) return openStore(store, { dataDir: data, limits: DEFAULT_STORE_LIMITS });
  const { openEdgeStore } = await import('../store/postgres/edge-store.ts');
  const nodeId = Buffer.from(nodePrimitives.ed25519.publicKey(nodeSeed)).toString('hex');
  return openEdgeStore({
    url: store,
    durability,
    connections: databaseConnections,
    limits: DEFAULT_STORE_LIMITS,
    clock: nodeClock,
    nodeId,
    log,
  });
}
