import { describe, expect, it } from 'vitest';
import { noblePrimitives, type Primitives } from '../crypto/index.ts';
import { decodeDeviceCertificate } from '../wire/index.ts';
import { codeOf, flipBit, person } from './identity.fixture.ts';
import { CertificateCache } from './index.ts';

const [anna, ben, mallory] = [person('anna'), person('ben'), person('mallory')];
let checks = 0;
const counting: Primitives = {
  ...noblePrimitives,
  ed25519: {
    ...noblePrimitives.ed25519,
    verify: (key, message, signature) => (checks++, noblePrimitives.ed25519.verify(key, message, signature)),
  },
};
const checksOf = (call: () => unknown): number => {
  const before = checks;
  call();
  return checks - before;
};

describe('certificate cache', () => {
  it('ID-3: the same bytes are verified once, as bytes or as a message', () => {
    const cache = new CertificateCache(counting, 8);
    expect(checksOf(() => cache.verify(anna.device.certificate))).toBe(2);
    expect(checksOf(() => cache.verify(decodeDeviceCertificate(anna.device.certificate)))).toBe(0);
    expect(cache.verify(Uint8Array.from(anna.device.certificate))).toEqual(anna.certificate);
  });

  it('ID-3: a single other bit is refused, each time', () => {
    const cache = new CertificateCache(counting, 8);
    cache.verify(anna.device.certificate);
    for (let bit = 0; bit < anna.device.certificate.length * 8; bit += 97) {
      for (let again = 0; again < 2; again++) {
        expect(
          codeOf(() => cache.verify(flipBit(anna.device.certificate, bit))),
          `bit ${bit}`,
        ).toBeOneOf(['malformed', 'unknown-version', 'bad-signature']);
      }
    }
  });

  it('ID-3: the longest unused certificate makes room', () => {
    const cache = new CertificateCache(counting, 2);
    for (const { device } of [anna, ben, anna, mallory]) cache.verify(device.certificate);
    expect(checksOf(() => cache.verify(anna.device.certificate))).toBe(0);
    expect(checksOf(() => cache.verify(mallory.device.certificate))).toBe(0);
    expect(checksOf(() => cache.verify(ben.device.certificate))).toBe(2);
  });
});
