import { expect, it } from 'vitest';
import { describeFigures, formatFigure } from './figures.ts';

it('prints figures with their units, in one order, and leaves out what was not measured', () => {
  expect(describeFigures({ p99Micros: 1234.4, serverMicros: 9.96, perSecond: 98_047.3 })).toBe(
    '98,047 msg/s, 10.0 µs of server CPU a message, p99 1,234 µs',
  );
  expect(describeFigures({})).toBe('');
});

it('keeps the digits that a figure means', () => {
  expect(formatFigure('kilobytesPerConnection', 12)).toBe('12.0');
  expect(formatFigure('connections', 10_000)).toBe('10,000');
});
