import { describe, expect, it } from 'vitest';
import { checkRing } from './check-ring.ts';
import type { RingEvent } from './ring-history.ts';

const tried: RingEvent = { type: 'tried', id: 'e', to: 'm', expiresMs: 1000 };
const stored: RingEvent = { type: 'stored', id: 'e', copies: 2, promised: 2 };
const shown: RingEvent = { type: 'shown', id: 'e', by: 'm' };
const confirmed: RingEvent = { type: 'confirmed', id: 'e', by: 'm' };
const removed: RingEvent = { type: 'removed', id: 'e', node: 'n' };
const kept: RingEvent = { type: 'kept', id: 'e', node: 'n' };
const end: RingEvent = { type: 'end', nowMs: 500, left: [] };

const rulesOf = (...events: RingEvent[]): string[] => checkRing(events).map(({ rule }) => rule.split(' ')[0] ?? '');

describe('checker of rings', () => {
  it('is content with a message that is kept, shown, acknowledged and removed', () => {
    expect(rulesOf(tried, kept, stored, shown, confirmed, removed, end)).toEqual([]);
  });

  it.each<[string, RingEvent[]]>([
    ['HIST-1', [shown]],
    ['HIST-2', [tried, shown, shown]],
    ['HIST-6', [tried, { type: 'stored', id: 'e', copies: 1, promised: 2 }, shown]],
    ['HIST-7', [tried, shown, removed, kept]],
    ['HIST-8', [tried, confirmed, shown]],
    ['HIST-10', [tried, stored, end]],
    ['HIST-11', [tried, end]],
    ['HIST-12', [{ ...end, left: [{ node: 'n', id: 'e' }] }]],
    ['HIST-12', [{ type: 'settled', missing: [{ node: 'n', text: 'lacks e' }] }]],
    ['HIST-13', [{ type: 'fault', by: 'n', text: 'broke' }]],
  ])('%s', (rule, events) => {
    expect(rulesOf(...events)).toEqual([rule]);
  });

  it('demands nothing that expired, or of which more was destroyed than a quorum allows', () => {
    expect(rulesOf(tried, stored, { ...end, nowMs: 1000 })).toEqual([]);
    expect(rulesOf(tried, stored, { type: 'beyond', id: 'e' }, end)).toEqual([]);
  });

  it('lets a new disk take what the old one had removed', () => {
    expect(rulesOf(tried, shown, removed, { type: 'disk-died', node: 'n' }, kept)).toEqual([]);
  });
});
