import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { daysBetween, formatDay, formatListTime, formatNumber, formatTime, regional } from './format.ts';

const zone = process.env['TZ'];
beforeAll(() => {
  process.env['TZ'] = 'Europe/Berlin';
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

const at = (text: string) => new Date(text).getTime();
const NOW = '2026-11-21T15:00:00';

describe('daysBetween', () => {
  it.each([
    ['2026-11-21T00:00:00', 0],
    ['2026-11-20T23:59:59', 1],
    ['2026-11-20T00:00:00', 1],
    ['2026-11-19T23:59:59', 2],
    ['2026-11-22T00:00:01', -1],
  ])('%s', (then, days) => {
    expect(daysBetween(at(then), at(NOW))).toBe(days);
  });

  it('counts days of 23 and 25 hours as days', () => {
    expect(daysBetween(at('2026-10-24T12:00:00'), at('2026-10-25T23:30:00'))).toBe(1);
    expect(daysBetween(at('2026-03-28T00:30:00'), at('2026-03-29T00:10:00'))).toBe(1);
  });
});

describe('formatListTime', () => {
  it.each([
    ['2026-11-21T09:05:00', '09:05'],
    ['2026-11-20T23:59:00', 'Yesterday'],
    ['2026-11-16T10:00:00', 'Mon'],
    ['2026-11-14T10:00:00', '14 Nov'],
    ['2025-11-14T10:00:00', '14/11/25'],
  ])('%s', (then, shown) => {
    expect(formatListTime('en-GB', at(then), at(NOW))).toBe(shown);
  });

  it('shows the time of a message that a wrong clock put into the future', () => {
    expect(formatListTime('en-GB', at('2026-11-25T09:05:00'), at(NOW))).toBe('09:05');
  });
});

describe('formatDay', () => {
  it.each([
    ['2026-11-21T09:05:00', 'Today'],
    ['2026-11-20T09:05:00', 'Yesterday'],
    ['2026-11-16T10:00:00', 'Monday'],
    ['2026-11-14T10:00:00', 'Saturday 14 November'],
    ['2025-11-14T10:00:00', 'Friday 14 November 2025'],
  ])('%s', (then, shown) => {
    expect(formatDay('en-GB', at(then), at(NOW)).replace(',', '')).toBe(shown);
  });
});

it('follows the language', () => {
  expect(formatTime('en-US', at(NOW)).replaceAll(/\s/gu, ' ')).toBe('3:00 PM');
  expect(formatTime('de', at(NOW))).toBe('15:00');
  expect(formatNumber('de', 12_345)).toBe('12.345');
});

it('follows the region of the browser where the language is the same', () => {
  expect(regional('en', ['de-AT', 'en-GB', 'en-US'])).toBe('en-GB');
  expect(regional('en', ['de-AT', 'enm-GB'])).toBe('en');
  expect(regional('en-XA', ['en-GB'])).toBe('en-XA');
});
