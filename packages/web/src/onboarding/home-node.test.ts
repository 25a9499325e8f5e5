import { describe, expect, it } from 'vitest';
import { homeNode, isRoom, readRoomKey } from './home-node.ts';

it('takes the page for its node', () => {
  expect(homeNode({ protocol: 'https:', host: 'node.example' })).toBe('wss://node.example');
  expect(homeNode({ protocol: 'http:', host: '127.0.0.1:8080' })).toBe('ws://127.0.0.1:8080');
});

describe('isRoom', () => {
  it.each([
    [{ room: true }, true],
    [{ room: false }, false],
    [{ room: 'yes' }, false],
    [null, false],
    ['room', false],
  ])('%o', async (told, is) => {
    expect(await isRoom(() => Promise.resolve(told))).toBe(is);
  });

  it('is none when the node says nothing', async () => {
    expect(await isRoom(() => Promise.reject(new Error('404')))).toBe(false);
  });
});

describe('readRoomKey', () => {
  it('reads 64 digits, with spaces and line breaks', () => {
    const key = readRoomKey(`${'0aFF'.repeat(8)}\n ${'0aff'.repeat(8)} `);
    expect(key).toHaveLength(32);
    expect([...(key ?? [])].slice(0, 2)).toEqual([10, 255]);
  });

  it.each(['', '0a', 'g'.repeat(64), '0'.repeat(66)])('refuses what is no key: %s', (text) => {
    expect(readRoomKey(text)).toBeNull();
  });
});
