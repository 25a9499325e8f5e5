import { expect, it } from 'vitest';
import { PublicKeyCache } from './public-key-cache.ts';

const keyOf = (...bytes: number[]): Uint8Array => Uint8Array.of(...bytes);

function counted(capacity: number): { cache: PublicKeyCache<string>; derived: string[] } {
  const derived: string[] = [];
  const cache = new PublicKeyCache((publicKey) => {
    if (publicKey[0] === 0xff) throw new Error('no key');
    derived.push(publicKey.join());
    return `key ${publicKey.join()}`;
  }, capacity);
  return { cache, derived };
}

it('CRYPTO-16: derives once for the same bytes, whichever array or view holds them', () => {
  const { cache, derived } = counted(2);
  const key = keyOf(1, 2, 3);
  for (const same of [key, keyOf(1, 2, 3), keyOf(9, 1, 2, 3, 9).subarray(1, 4)]) {
    expect(cache.get(same)).toBe('key 1,2,3');
  }
  expect(derived).toEqual(['1,2,3']);
});

it('CRYPTO-16: a key that differs in any byte or in its length, and an array that was overwritten, are others', () => {
  const { cache } = counted(10);
  const key = keyOf(0, 0x80, 0xc3, 0xfe);
  expect(cache.get(key)).toBe('key 0,128,195,254');
  for (let at = 0; at < key.length; at++) {
    const other = key.with(at, 7);
    expect(cache.get(other)).toBe(`key ${other.join()}`);
  }
  expect(cache.get(key.subarray(0, 3))).toBe('key 0,128,195');
  key[3] = 1;
  expect(cache.get(key)).toBe('key 0,128,195,1');
});

it('CRYPTO-16: keeps so many, and forgets the one that was not used for longest', () => {
  const { cache, derived } = counted(2);
  cache.get(keyOf(1));
  cache.get(keyOf(2));
  cache.get(keyOf(1));
  cache.get(keyOf(3)); // forgets 2
  cache.get(keyOf(1));
  expect(derived).toEqual(['1', '2', '3']);
  cache.get(keyOf(2)); // forgets 3
  cache.get(keyOf(1));
  cache.get(keyOf(3));
  expect(derived).toEqual(['1', '2', '3', '2', '3']);
});

it('CRYPTO-16: a key that is refused is refused again, and takes no place', () => {
  const { cache, derived } = counted(1);
  cache.get(keyOf(1));
  for (let at = 0; at < 2; at++) expect(() => cache.get(keyOf(0xff, at))).toThrow('no key');
  cache.get(keyOf(1));
  expect(derived).toEqual(['1']);
});
