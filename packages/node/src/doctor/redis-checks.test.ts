import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseRedisUrl, type RedisAddress } from '../wake/redis/redis-url.ts';
import { redisMissing, RedisServer } from '../wake/redis/testing/redis-server.ts';
import { redisChecks } from './redis-checks.ts';
import { readRedis, type RedisFacts } from './redis-facts.ts';
import { named } from './sound-machine.fixture.ts';

const missing = redisMissing();
if (missing !== null && process.env['CI'] === 'true') throw new Error(missing);

const addressOf = (url: string): RedisAddress => parseRedisUrl(url)!;

describe.skipIf(missing !== null)('OPS-57: Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start({ password: 'geheim' });
  });
  afterAll(() => server.dispose());

  const checks = async (url = server.url) => redisChecks(addressOf(url), await readRedis(addressOf(url)));
  const facts = async (): Promise<RedisFacts> => (await readRedis(addressOf(server.url)))[0] as RedisFacts;

  test('all is well', async () => {
    const found = await checks();
    expect(named(found, 'redis')).toMatchObject({
      state: 'ok',
      found: expect.stringMatching(/^(Redis|Valkey) \d+\.\d+/),
    });
    expect(named(found, 'redis-memory').state).toBe('ok');
    expect(named(found, 'redis-latency').found).toMatch(/answers in (less than )?\d+ ms/);
  });

  test('a wrong password, or none', async () => {
    const wrong = named(await checks(server.url.replace('geheim', 'falsch')), 'redis');
    expect(wrong).toMatchObject({
      state: 'failed',
      found: expect.stringContaining('WRONGPASS'),
      fix: expect.stringContaining('password'),
    });
    const none = named(await checks(`redis://127.0.0.1:${server.port}`), 'redis');
    expect(none).toMatchObject({ state: 'failed', found: expect.stringContaining('NOAUTH') });
    expect(JSON.stringify([wrong, none])).not.toMatch(/geheim|falsch/);
  });

  test('an address as of a cluster for a single server; a version that is too old; one that is slow', async () => {
    const host = `127.0.0.1:${server.port}`;
    expect(named(await checks(`redis://:geheim@${host},${host}`), 'redis').state).toBe('failed');
    const found = await facts();
    const of = (change: Partial<RedisFacts>) => redisChecks(addressOf(server.url), [{ ...found, ...change }]);
    expect(named(of({ majorVersion: 6 }), 'redis').state).toBe('failed');
    expect(named(of({ isCluster: true }), 'redis').state).toBe('failed');
    expect(named(of({ latencyMs: 80 }), 'redis-latency').state).toBe('warning');
  });

  test('a cluster of which one does not answer', async () => {
    const found = { ...(await facts()), isCluster: true };
    const address = addressOf('redis://a,b');
    expect(named(redisChecks(address, [found, { host: 'b:6379', reason: 'ECONNREFUSED' }]), 'redis').state).toBe(
      'warning',
    );
  });

  test('memory that is short: it forgets, or takes no more', async () => {
    await server.command('CONFIG', 'SET', 'maxmemory', '200mb');
    await server.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    expect(named(await checks(), 'redis-memory')).toMatchObject({
      state: 'warning',
      means: expect.stringContaining('forgets'),
    });
    await server.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    expect(named(await checks(), 'redis-memory').state).toBe('ok');
    await server.command('CONFIG', 'SET', 'maxmemory', '900kb');
    expect(named(await checks(), 'redis-memory')).toMatchObject({
      state: 'warning',
      means: expect.stringContaining('takes no more'),
    });
  });

  test('one that does not run', async () => {
    await server.kill();
    expect(named(await checks(), 'redis')).toMatchObject({
      state: 'failed',
      found: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
