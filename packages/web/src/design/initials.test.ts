import { expect, it } from 'vitest';
import { initialsOf } from './initials.ts';

it.each([
  ['Anna Berg', 'AB'],
  ['anna', 'A'],
  ['Anna Maria von Berg', 'AB'],
  ['  ', ''],
  ['', ''],
  ['(Kai) "N"', 'KN'],
  ['سلمى الحداد', 'سا'],
  ['🌙 Luna', '🌙L'],
  ['\u202eevil', 'E'],
  ['---', ''],
])('%s: %s', (name, initials) => {
  expect(initialsOf(name)).toBe(initials);
});

it('keeps a thousand marks off the picture', () => {
  expect(initialsOf(`a${'\u0301'.repeat(1000)}`).length).toBeLessThan(8);
});
