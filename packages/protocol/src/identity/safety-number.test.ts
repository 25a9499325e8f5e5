import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { noblePrimitives } from '../crypto/index.ts';
import { addressOf, safetyNumber } from './index.ts';
import { codeOf, seededRandom } from './identity.fixture.ts';

const a = seededRandom('a')(32);
const b = seededRandom('b')(32);

/** Written again from the rule, with another implementation of SHA-512 and integers instead of remainders. */
function half(key: Uint8Array): string {
  let hash = Buffer.concat([Buffer.from([0, 0]), key, Buffer.from(addressOf(key))]);
  for (let i = 0; i < 5200; i++) hash = createHash('sha512').update(hash).update(key).digest();
  return [0, 5, 10, 15, 20, 25]
    .map((at) => (BigInt(`0x${hash.toString('hex', at, at + 5)}`) % 100_000n).toString().padStart(5, '0'))
    .join('');
}

describe('safety number', () => {
  it('ID-18: 60 digits, the same from both sides, computed as the rule says', () => {
    const number = safetyNumber(noblePrimitives, a, b);
    expect(number).toMatch(/^\d{60}$/);
    expect(safetyNumber(noblePrimitives, b, a)).toBe(number);
    expect(number).toBe([half(a), half(b)].sort().join(''));
  });

  it('ID-18: another key gives another number', () => {
    const number = safetyNumber(noblePrimitives, a, b);
    const other = safetyNumber(noblePrimitives, a, seededRandom('c')(32));
    expect(other).not.toBe(number);
    expect([other.slice(0, 30), other.slice(30)]).toContain(half(a));
    expect(codeOf(() => safetyNumber(noblePrimitives, a, b.subarray(1)))).toBe('malformed');
  });
});
