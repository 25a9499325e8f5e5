import { describe, expect, it } from 'vitest';
import { commandOf, isMacLike } from './shortcuts.ts';
import type { KeyPress } from './shortcuts.ts';

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code: '',
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...more,
});

describe('commandOf', () => {
  it.each([
    ['search', press('k', { code: 'KeyK', ctrlKey: true })],
    ['help', press('/', { ctrlKey: true })],
    ['settings', press(',', { ctrlKey: true })],
    ['next', press('ArrowDown', { altKey: true })],
    ['previous', press('ArrowUp', { altKey: true })],
    ['nextUnread', press('ArrowDown', { altKey: true, shiftKey: true })],
    ['add', press('n', { code: 'KeyN', altKey: true })],
    ['back', press('Escape')],
  ] as const)('%s', (command, given) => {
    expect(commandOf(given, false)).toBe(command);
  });

  it('takes the command key on a Mac, and leaves Control to the system there', () => {
    const k = press('k', { code: 'KeyK' });
    expect(commandOf({ ...k, metaKey: true }, true)).toBe('search');
    expect(commandOf({ ...k, ctrlKey: true }, true)).toBeNull();
    expect(commandOf({ ...k, metaKey: true }, false)).toBeNull();
  });

  it('goes by the place of N, whose sign Option changes on a Mac', () => {
    expect(commandOf(press('˜', { code: 'KeyN', altKey: true }), true)).toBe('add');
  });

  it.each([
    press('k'),
    press('ArrowDown'),
    press('Escape', { shiftKey: true }),
    press('k', { code: 'KeyK', ctrlKey: true, shiftKey: true }),
    press('n', { code: 'KeyN', altKey: true, ctrlKey: true }),
  ])('leaves other keys alone: %o', (given) => {
    expect(commandOf(given, false)).toBeNull();
  });
});

it('knows keyboards with a command key', () => {
  expect(['MacIntel', 'iPhone', 'iPad'].map(isMacLike)).toEqual([true, true, true]);
  expect(['Linux x86_64', 'Win32', ''].map(isMacLike)).toEqual([false, false, false]);
});
