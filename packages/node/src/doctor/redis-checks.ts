import type { RedisAddress } from '../wake/redis/redis-url.ts';
import { isCluster } from '../wake/redis/redis-url.ts';
import { failed, type NodeCheck, ok, warning } from './node-check.ts';
import type { RedisAway, RedisFacts } from './redis-facts.ts';

const OLDEST_MAJOR = 7;
const SLOW_MS = 20;
const FULL = 0.8;
/** What people notice while edges cannot tell one another anything. */
const LATE =
  'What is stored at one edge reaches devices at another up to 30 s later, and typing notices are lost. No message is.';

/** What was found of the Redis that joins the edges (OPS-57). */
export function redisChecks(address: RedisAddress, servers: readonly (RedisFacts | RedisAway)[]): NodeCheck[] {
  const away = servers.filter((server) => 'reason' in server);
  const found = servers.filter((server): server is RedisFacts => !('reason' in server));
  if (found.length === 0) return [unreachable(away)];
  return [reached(address, found, away), memory(found), latency(found)];
}

function unreachable(away: readonly RedisAway[]): NodeCheck {
  const reasons = new Set(away.map(({ reason }) => reason));
  const isRefused = [...reasons].some((reason) => /^(WRONGPASS|NOAUTH|NOPERM)$/.test(reason));
  return failed(
    'redis',
    `no answer: ${away.map(({ host, reason }) => `${host} (${reason})`).join(', ')}`,
    LATE,
    isRefused
      ? 'Check user and password in --redis, and what that user may do.'
      : 'Start it, or check address and firewall.',
  );
}

function reached(address: RedisAddress, found: readonly RedisFacts[], away: readonly RedisAway[]): NodeCheck {
  const name = 'redis';
  const text = found
    .map(({ host, program, isCluster: is }) => `${program} at ${host}${is ? ', of a cluster' : ''}`)
    .join('; ');
  if (found.some(({ majorVersion }) => majorVersion < OLDEST_MAJOR)) {
    return failed(name, text, LATE, 'Upgrade to Redis 7 or newer, or Valkey.');
  }
  const wanted = isCluster(address);
  if (found.some((server) => server.isCluster !== wanted)) {
    return failed(
      name,
      `${text}; the address ${wanted ? 'names several hosts, as for a cluster' : 'names one host, as for a single server'}`,
      LATE,
      wanted ? 'Name one host, or use a cluster.' : 'Name several hosts of the cluster: redis://a,b,c.',
    );
  }
  if (away.length === 0) return ok(name, text, 'Edges tell one another at once what is new.');
  return warning(
    name,
    `${text}; no answer of ${away.map(({ host, reason }) => `${host} (${reason})`).join(', ')}`,
    'The cluster goes on with the others as long as they have all slots.',
    'Start it, or take it out of --redis.',
  );
}

function memory(found: readonly RedisFacts[]): NodeCheck {
  const name = 'redis-memory';
  const limited = found.filter(({ maxMemoryBytes }) => maxMemoryBytes > 0);
  const text = `maxmemory-policy ${[...new Set(found.map(({ policy }) => policy))].join(', ')}`;
  if (limited.length === 0) return ok(name, `${text}, no maxmemory`, 'Whoever is connected is found at once.');
  const evicts = limited.some(({ policy }) => policy !== 'noeviction');
  const share = Math.max(...limited.map(({ usedMemoryBytes, maxMemoryBytes }) => usedMemoryBytes / maxMemoryBytes));
  const full = `${text}, ${Math.round(share * 100)} % of maxmemory in use`;
  if (!evicts && share < FULL) return ok(name, full, 'Whoever is connected is found at once.');
  return warning(
    name,
    full,
    `When it is full, ${evicts ? 'it forgets who is connected where' : 'it takes no more of who is connected where'}. ${LATE}`,
    'Raise maxmemory, set maxmemory-policy noeviction, and keep nothing else there: a connected device takes about 200 bytes.',
  );
}

function latency(found: readonly RedisFacts[]): NodeCheck {
  const ms = Math.max(...found.map(({ latencyMs }) => latencyMs));
  const text = `answers in ${ms < 1 ? 'less than 1' : Math.round(ms)} ms`;
  if (ms <= SLOW_MS) return ok('redis-latency', text, 'So much later messages reach people at another edge.');
  return warning(
    'redis-latency',
    text,
    'So much later messages reach people at another edge.',
    'Bring it nearer, or give it a machine that is less busy.',
  );
}
