import { nodePrimitives, systemRandom } from '@sotto/primitives-node';
import { type Config, ConfigError } from '../config/config.ts';
import type { Log } from '../log.ts';
import type { NodeSecrets } from '../node-identity.ts';
import { isDatabaseUrl } from '../store/open-store.ts';
import { localWake, silentWake } from '../wake/local-wake.ts';
import { parseRedisUrl, REDIS_URL } from '../wake/redis/redis-url.ts';
import type { Wake } from '../wake/wake.ts';
import { nodeClock } from './node-clock.ts';

/** The way to the other edges. Redis need not be there: a node without it waits for its next look at the store. */
export async function openNodeWake({ store, redis }: Config, { nodeSeed }: NodeSecrets, log: Log): Promise<Wake> {
  if (redis === null) return isDatabaseUrl(store) ? silentWake : localWake;
  const address = parseRedisUrl(redis);
  if (address === null) throw new ConfigError('bad-value', `--redis must be ${REDIS_URL}.`);
  const { REDIS_WAKE_PACE, RedisWake } = await import('../wake/redis/redis-wake.ts');
  const parts = { primitives: nodePrimitives, random: systemRandom, clock: nodeClock, log };
  return new RedisWake({ ...parts, ...REDIS_WAKE_PACE, address, nodeSeed });
}
