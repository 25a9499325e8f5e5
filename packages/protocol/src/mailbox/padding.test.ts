import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { codeOf, seededRandom } from '../identity/identity.fixture.ts';
import { MAX_CONTENT_BYTES, padContent, padTo, unpadContent } from './index.ts';

describe('padding', () => {
  it('MB-7: every content comes back, from a multiple of 256 B that is as small as can be', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1100 }), (content) => {
        const padded = padContent(content);
        expect(padded.length % 256).toBe(0);
        expect(padded.length - content.length).toBeGreaterThan(0);
        expect(padded.length - content.length).toBeLessThanOrEqual(256);
        expect(Uint8Array.from(unpadContent(padded))).toEqual(Uint8Array.from(content));
      }),
    );
    expect(padContent(new Uint8Array(255))).toHaveLength(256);
    expect(padContent(new Uint8Array(256))).toHaveLength(512);
    expect([...padContent(Uint8Array.of(1, 0x80, 0)).subarray(0, 5)]).toEqual([1, 0x80, 0, 0x80, 0]);
  });

  it('MB-7: content beyond the limit is refused', () => {
    expect(padContent(new Uint8Array(MAX_CONTENT_BYTES))).toHaveLength(MAX_CONTENT_BYTES + 1);
    expect(codeOf(() => padContent(new Uint8Array(MAX_CONTENT_BYTES + 1)))).toBe('too-long');
    expect(codeOf(() => padTo(new Uint8Array(5), 5))).toBe('bad-length');
  });

  it('MB-7: anything that padContent does not write is refused', () => {
    const padded = padContent(seededRandom('padding')(300));
    const wrong: [string, Uint8Array][] = [
      ['nothing', new Uint8Array(0)],
      ['zeros', new Uint8Array(256)],
      ['cut', padded.subarray(0, 511)],
      ['no mark', new Uint8Array(256).fill(1)],
      ['another mark', padded.with(300, 0x81)],
      ['not zeros', padded.with(511, 1)],
      ['a step too many', Uint8Array.of(...padded, ...new Uint8Array(256))],
    ];
    for (const [what, bytes] of wrong)
      expect(
        codeOf(() => unpadContent(bytes)),
        what,
      ).toBe('bad-padding');
  });
});
