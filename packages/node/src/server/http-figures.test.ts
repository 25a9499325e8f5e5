import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestNode } from '../http-api/testing.fixture.ts';

describe('figures of HTTP', () => {
  let node: Awaited<ReturnType<typeof startTestNode>>;
  beforeAll(async () => {
    node = await startTestNode({ web: 'off' });
  });
  afterAll(() => node.close());

  const statusOf = async (path: string, init?: RequestInit): Promise<number> => {
    const response = await fetch(`${node.http}${path}`, init);
    await response.arrayBuffer();
    return response.status;
  };
  const metrics = async (): Promise<string> => (await fetch(`${node.http}/metrics`)).text();

  test('OPS-61: requests by route and status class, how long they took, and how many are under way', async () => {
    expect(await statusOf('/health')).toBe(200);
    expect(await statusOf('/health', { method: 'POST' })).toBe(405);
    expect(await statusOf('/v1/limits')).toBe(200);
    // An answer counts when it was taken, which the server sees a moment after the client; the last one is the one that asks.
    const shows = async (line: string | RegExp): Promise<void> => {
      await expect.poll(metrics, { timeout: 60_000 }).toMatch(line);
    };
    await shows(/sotto_http_requests_total\{route="\/health",status="4xx"\} 1\n/);
    await shows(/sotto_http_requests_total\{route="\/health",status="2xx"\} 1\n/);
    await shows(/sotto_http_requests_total\{route="\/v1\/limits",status="2xx"\} 1\n/);
    await shows(/sotto_http_request_seconds_count\{route="\/health"\} 2\n/);
    await shows(/sotto_http_requests 1\n/);
    await shows(/sotto_long_polls 0\n/);
  });

  test('TM-103: nothing that a client chose becomes a name in them', async () => {
    for (const path of [
      '/geheim',
      '/v1/geheim',
      '/v9/geheim',
      '/health?geheim=1',
      '/node.json/geheim',
      '/v1/limits?a=geheim',
    ]) {
      await statusOf(path, { headers: { 'user-agent': 'geheim', referer: 'http://geheim.example/' } });
    }
    await expect.poll(metrics, { timeout: 60_000 }).toMatch(/route="other-api",status="4xx"\} 2/);
    await expect.poll(metrics, { timeout: 60_000 }).toMatch(/route="web",status="4xx"\} 2/);
    const text = await metrics();
    expect(text).not.toContain('geheim');
    expect(text).not.toMatch(/127\.0\.0\.1|[0-9a-f]{32}/);
  });
});
