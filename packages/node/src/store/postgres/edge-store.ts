import { describeError, type Log } from '../../log.ts';
import type { RelayStore } from '../relay-store.ts';
import { type LeaseOptions, Leases } from './leases.ts';
import { openPostgresStore, type PostgresStoreOptions } from './open-postgres-store.ts';
import { EXPIRY_LEASE } from './upkeep.ts';

export interface EdgeStoreOptions extends LeaseOptions, Pick<PostgresStoreOptions, 'limits' | 'connections'> {
  /** 64 hex digits. */
  readonly nodeId: string;
  readonly log: Log;
}

/**
 * The database that the edges of a node share. What a worker does, an edge leaves to it, as long as there is one.
 * @throws RelayStoreError, also when the database is that of another node
 */
export async function openEdgeStore({
  nodeId,
  log,
  limits,
  connections,
  ...options
}: EdgeStoreOptions): Promise<RelayStore> {
  const store = await openPostgresStore({ ...options, limits, connections });
  const leases = new Leases(options);
  try {
    await leases.claimDatabase(nodeId);
  } catch (error) {
    await Promise.all([leases.close(), store.close()]);
    throw error;
  }
  const expireHere = store.expire.bind(store);
  const closeStore = store.close.bind(store);
  let hadWorker: boolean | null = null;
  return Object.assign(store, {
    expire: async (nowSeconds: number): Promise<number> => {
      const hasWorker = await leases.isHeld(EXPIRY_LEASE).catch((error: unknown) => {
        log.warn('lease-failed', describeError(error));
        return false;
      });
      if (hasWorker !== hadWorker) {
        if (hasWorker) log.info('worker-found');
        else log.warn('no-worker', { expires: 'here' });
      }
      hadWorker = hasWorker;
      return hasWorker ? 0 : expireHere(nowSeconds);
    },
    close: async (): Promise<void> => {
      await Promise.all([leases.close(), closeStore()]);
    },
  });
}
