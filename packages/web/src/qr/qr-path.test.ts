import decodeQR from 'qr/decode.js';
import { describe, expect, it } from 'vitest';
import { QUIET_ZONE, qrPath } from './qr-path.ts';

/** Draws the path as a browser would, so many pixels a module. */
function drawn({ size, path }: ReturnType<typeof qrPath>, scale: number) {
  const width = size * scale;
  const data = new Uint8ClampedArray(width * width * 4).fill(255);
  for (const [, x = '', y = '', length = ''] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    for (let row = Number(y) * scale; row < (Number(y) + 1) * scale; row++) {
      for (let column = Number(x) * scale; column < (Number(x) + Number(length)) * scale; column++) {
        data.fill(0, (row * width + column) * 4, (row * width + column) * 4 + 3);
      }
    }
  }
  return { width, height: width, data };
}

describe('a drawn code', () => {
  it.each([
    'hello',
    'https://node.example/#/add/CAESIIeurnNvj92BEKmz9KRLXmIww5aOjHJk',
    'sotto-link:'.padEnd(700, 'aB3_'),
  ])('is read back: %#', (text) => {
    expect(decodeQR(drawn(qrPath(text), 4))).toBe(text);
  });

  it('keeps four light modules on each side', () => {
    const { size, path } = qrPath('sotto');
    const xs = [...path.matchAll(/M(\d+) (\d+)h(\d+)/g)].map(([, x, y, length]) => [
      Number(x),
      Number(y),
      Number(length),
    ]);
    for (const [x = 0, y = 0, length = 0] of xs) {
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(QUIET_ZONE);
      expect(Math.max(x + length, y + 1)).toBeLessThanOrEqual(size - QUIET_ZONE);
    }
    expect(xs.length).toBeGreaterThan(20);
  });
});
