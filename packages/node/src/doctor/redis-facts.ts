import { Redis } from 'ioredis';
import { codeOf } from '../server/file-error.ts';
import type { RedisAddress } from '../wake/redis/redis-url.ts';

/** What a Redis or Valkey says about itself. */
export interface RedisFacts {
  /** For people, without a password. */
  readonly host: string;
  /** For example "Redis 7.0.15". */
  readonly program: string;
  readonly majorVersion: number;
  readonly isCluster: boolean;
  /** 0: as much as the machine has. */
  readonly maxMemoryBytes: number;
  readonly usedMemoryBytes: number;
  /** maxmemory-policy. */
  readonly policy: string;
  /** In the middle of five, ms. */
  readonly latencyMs: number;
}

/** Why one did not answer: a code of the system, or the first word of what Redis said (WRONGPASS, NOAUTH …). */
export interface RedisAway {
  readonly host: string;
  readonly reason: string;
}

const CONNECT_MS = 5000;
const ANSWER_MS = 5000;
const PINGS = 5;

/** Asks each server that the address names. */
export function readRedis(address: RedisAddress): Promise<(RedisFacts | RedisAway)[]> {
  return Promise.all(address.nodes.map((node) => readOne(address, node)));
}

async function readOne(address: RedisAddress, node: RedisAddress['nodes'][number]): Promise<RedisFacts | RedisAway> {
  const { tls, username, password } = address;
  const host = `${node.host}:${node.port}`;
  const client = new Redis({
    ...node,
    ...(tls ? { tls: {} } : {}),
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    // A cluster has no numbered databases.
    ...(address.nodes.length === 1 ? { db: address.database } : {}),
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    commandTimeout: ANSWER_MS,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    disableClientInfo: true,
  });
  let said: unknown = null;
  client.on('error', (error: unknown) => (said ??= error));
  try {
    await client.connect();
    const info = await client.info();
    const times: number[] = [];
    for (let ping = 0; ping < PINGS; ping++) {
      const began = performance.now();
      await client.ping();
      times.push(performance.now() - began);
    }
    return { host, ...factsOf(info), latencyMs: times.toSorted((a, b) => a - b)[PINGS >> 1]! };
  } catch (error) {
    return { host, reason: reasonOf(said ?? error) };
  } finally {
    client.disconnect();
  }
}

function factsOf(info: string): Omit<RedisFacts, 'host' | 'latencyMs'> {
  const value = (name: string): string => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim() ?? '';
  const valkey = value('valkey_version');
  const version = valkey === '' ? value('redis_version') : valkey;
  return {
    program: `${valkey === '' ? 'Redis' : 'Valkey'} ${version}`,
    majorVersion: Number(version.split('.', 1)[0]),
    isCluster: value('redis_mode') === 'cluster' || value('server_mode') === 'cluster',
    maxMemoryBytes: Number(value('maxmemory')),
    usedMemoryBytes: Number(value('used_memory')),
    policy: value('maxmemory_policy'),
  };
}

/** Texts of Redis may quote what they were given: only their first word is said. */
function reasonOf(error: unknown): string {
  const word = error instanceof Error ? /^[A-Z]{2,20}(?= )/.exec(error.message)?.[0] : undefined;
  return word ?? codeOf(error);
}
