import { expect, it } from 'vitest';
import { KeyCache } from './key-cache.ts';

it('CRYPTO-12: derives once for an array, again when its content changed, and for every other array', () => {
  let derivations = 0;
  const cache = new KeyCache((secret) => `${++derivations}: ${secret.join()}`);
  const secret = Uint8Array.of(1, 2);
  expect(cache.get(secret)).toBe('1: 1,2');
  expect(cache.get(secret)).toBe('1: 1,2');
  expect(cache.get(Uint8Array.of(1, 2))).toBe('2: 1,2');
  secret[0] = 0;
  expect(cache.get(secret)).toBe('3: 0,2');
  secret[0] = 1;
  expect(cache.get(secret)).toBe('4: 1,2');
});
