import { describe, expect, test } from 'vitest';
import type { Access } from '../store/relay-store.ts';
import { keyOf } from '../text-key.ts';
import { AccessCache } from './access-cache.ts';

const REAL = new Uint8Array(32).fill(255);
const ACCESS: Access = {
  deviceList: new Uint8Array(1),
  deviceListRevision: 1,
  devices: [1],
  capabilityHash: null,
  previousHash: null,
  previousUntil: 0,
};

const numbered = (number: number): Uint8Array => {
  const mailbox = new Uint8Array(32);
  new DataView(mailbox.buffer).setUint32(0, number);
  return mailbox;
};

describe('access cache', () => {
  test('NODE-36: accounts that nobody has drive out none that are, and are bounded themselves', async () => {
    let loads = 0;
    const source = {
      access: (mailbox: Uint8Array): Promise<Access | null> => {
        loads += 1;
        return Promise.resolve(mailbox[0] === 255 ? ACCESS : null);
      },
    };
    const cache = new AccessCache(source, 20);
    const load = (mailbox: Uint8Array): Promise<Access | null> =>
      new Promise((resolve, reject) => cache.with(mailbox, resolve, reject));
    expect(await load(REAL)).toBe(ACCESS);
    for (let number = 0; number < 100; number++) expect(await load(numbered(number))).toBeNull();
    expect(cache.peek(keyOf(REAL))).toBe(ACCESS);
    expect(cache.peek(keyOf(numbered(99)))).toBeNull();
    expect(cache.peek(keyOf(numbered(0)))).toBeUndefined();
    const before = loads;
    expect(await load(numbered(99))).toBeNull();
    expect(loads).toBe(before);
    cache.invalidate(numbered(99));
    await load(numbered(99));
    expect(loads).toBe(before + 1);
  });
});
