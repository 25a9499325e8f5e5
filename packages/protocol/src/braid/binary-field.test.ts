import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldTables, lagrangeLogs, multiply } from './binary-field.ts';

/** Schoolbook: shift, add, reduce. */
function slowly(a: number, b: number): number {
  let product = 0;
  for (let bit = 15; bit >= 0; bit--) {
    product <<= 1;
    if (product & 0x10000) product ^= 0x1100b;
    if ((b >> bit) & 1) product ^= a;
  }
  return product;
}

const element = fc.integer({ min: 0, max: 0xffff });

describe('the field of 65,536 elements', () => {
  it('PQR-6: the product is that of polynomials modulo x^16 + x^12 + x^3 + x + 1', () => {
    expect(multiply(2, 0x8000)).toBe(0x100b);
    fc.assert(
      fc.property(element, element, (a, b) => multiply(a, b) === slowly(a, b)),
      { numRuns: 2000 },
    );
  });

  it('PQR-6: a field: associative, commutative, distributive, with 1, 0 and inverses', () => {
    fc.assert(
      fc.property(element, element, element, (a, b, c) => {
        expect(multiply(multiply(a, b), c)).toBe(multiply(a, multiply(b, c)));
        expect(multiply(a, b)).toBe(multiply(b, a));
        expect(multiply(a, b ^ c)).toBe(multiply(a, b) ^ multiply(a, c));
        expect([multiply(a, 1), multiply(a, 0)]).toEqual([a, 0]);
        if (a === 0 || b === 0) return;
        expect(multiply(a, b)).not.toBe(0);
        const { log, power } = fieldTables();
        expect(multiply(a, power[0xffff - log[a]!]!)).toBe(1);
      }),
    );
  });

  it('PQR-6: 2 generates every element but 0', () => {
    const { power, log } = fieldTables();
    expect(new Set(power.subarray(0, 0xffff)).size).toBe(0xffff);
    expect(power.includes(0)).toBe(false);
    expect(log[1]).toBe(0);
    expect(log[2]).toBe(1);
  });

  it('PQR-6: Lagrange coefficients give the polynomial back anywhere', () => {
    const { power } = fieldTables();
    const points = fc.uniqueArray(element, { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(points, fc.array(element, { minLength: 12, maxLength: 12 }), ([target, ...xs], factors) => {
        const valueAt = (x: number): number =>
          factors.slice(0, xs.length).reduceRight((sum, factor) => multiply(sum, x) ^ factor, 0);
        let value = 0;
        for (const [i, log] of lagrangeLogs(xs, target!).entries()) value ^= multiply(valueAt(xs[i]!), power[log]!);
        expect(value).toBe(valueAt(target!));
      }),
    );
  });
});
