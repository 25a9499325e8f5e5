import { describe, expect, it } from 'vitest';
import { noblePrimitives } from '../crypto/index.ts';
import { CertificateMarks, verifyCertificate } from './index.ts';
import { codeOf, flipBit, person } from './identity.fixture.ts';

const [anna, ben, carl] = [person('anna'), person('ben'), person('carl')].map(({ certificate }) => certificate.encoded);

describe('certificate marks', () => {
  it('ID-3: only the very same bytes are known', () => {
    const marks = new CertificateMarks(noblePrimitives, 8);
    expect(marks.has(anna!)).toBe(false);
    marks.add(anna!);
    expect(marks.has(anna!.slice())).toBe(true);
    for (let bit = 0; bit < anna!.length * 8; bit += 97) {
      const other = flipBit(anna!, bit);
      expect(marks.has(other), `bit ${bit}`).toBe(false);
      expect(codeOf(() => verifyCertificate(noblePrimitives, other, (encoded) => marks.has(encoded)))).toBeOneOf([
        'malformed',
        'unknown-version',
        'bad-signature',
      ]);
    }
  });

  it('ID-3: signatures are looked at unless somebody says that they were', () => {
    const forged = flipBit(anna!, anna!.length * 8 - 1);
    expect(codeOf(() => verifyCertificate(noblePrimitives, forged, () => false))).toBe('bad-signature');
    expect(verifyCertificate(noblePrimitives, forged, () => true).encoded).toEqual(forged);
  });

  it('what is not asked for goes', () => {
    const marks = new CertificateMarks(noblePrimitives, 2);
    marks.add(anna!);
    marks.add(ben!);
    expect([anna, ben].map((one) => marks.has(one!))).toEqual([true, true]);
    marks.add(carl!);
    expect([anna, ben, carl].map((one) => marks.has(one!))).toEqual([false, true, true]);
  });
});
