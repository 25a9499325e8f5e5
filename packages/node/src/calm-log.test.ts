import { describe, expect, test } from 'vitest';
import { CalmLog } from './calm-log.ts';
import type { LogFields } from './log.ts';
import { VirtualClock } from './testing/virtual-clock.ts';

describe('log', () => {
  test('NODE-37: what fails without end is said once a minute for each code, with how often it was left out', async () => {
    const clock = new VirtualClock(1_000_000);
    const lines: [string, LogFields][] = [];
    const keep = (event: string, fields: LogFields = {}): void => void lines.push([event, fields]);
    const log = new CalmLog({ info: keep, warn: keep, error: keep }, clock);
    const fail = (code: string): void => log.error('commit-failed', { error: 'RelayStoreError', code });
    for (let count = 0; count < 80; count++) fail('disk-full');
    fail('failed');
    log.warn('peer-cut-off', { reason: 'rate' });
    log.warn('peer-cut-off', { reason: 'rate' });
    expect(lines).toEqual([
      ['commit-failed', { error: 'RelayStoreError', code: 'disk-full' }],
      ['commit-failed', { error: 'RelayStoreError', code: 'failed' }],
      ['peer-cut-off', { reason: 'rate' }],
      ['peer-cut-off', { reason: 'rate' }],
    ]);
    await clock.advance(60_000);
    fail('disk-full');
    expect(lines.at(-1)).toEqual(['commit-failed', { error: 'RelayStoreError', code: 'disk-full', missed: 79 }]);
    expect(lines).toHaveLength(5);
  });
});
