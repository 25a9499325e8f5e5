import { describe, expect, it } from 'vitest';
import { ED25519_ACCEPTED, ED25519_REFUSED } from '../../protocol/src/crypto/ed25519-cases.contract.ts';
import { isStrictPoint } from './ed25519-points.ts';

const pointsOf = ({ publicKey, signature }: (typeof ED25519_ACCEPTED)[number]): readonly Uint8Array[] => [
  publicKey,
  signature.subarray(0, 32),
];

describe('CRYPTO-3: points that are refused before OpenSSL sees them', () => {
  it.each(ED25519_ACCEPTED)('none in $name', (accepted) => {
    expect(pointsOf(accepted).every(isStrictPoint)).toBe(true);
  });

  it.each(ED25519_REFUSED.filter(({ name }) => /small order|non-canonical/.test(name)))('one in $name', (refused) => {
    expect(pointsOf(refused).every(isStrictPoint)).toBe(false);
  });

  it('y = p - 2 is the largest canonical y that is not of small order', () => {
    const largest = new Uint8Array(32).fill(0xff);
    largest[0] = 0xeb;
    for (const top of [0x7f, 0xff]) {
      largest[31] = top;
      expect(isStrictPoint(largest)).toBe(true);
    }
  });
});
