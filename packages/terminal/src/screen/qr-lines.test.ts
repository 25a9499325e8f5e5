import { stripVTControlCharacters } from 'node:util';
import decodeQR from 'qr/decode.js';
import { describe, expect, it } from 'vitest';
import { qrLines } from './qr-lines.ts';

const TEXT = `sotto-link:${'aB3_-'.repeat(75)}`;

/** What a camera sees: dark and light squares. */
function photograph(lines: readonly string[]): { width: number; height: number; data: Uint8Array } {
  const rows = lines.map((line) => Array.from(stripVTControlCharacters(line)));
  const scale = 4;
  const width = (rows[0]?.length ?? 0) * scale;
  const height = rows.length * 2 * scale;
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const module = rows[Math.floor(y / scale / 2)]?.[Math.floor(x / scale)] ?? ' ';
      const isUpper = Math.floor(y / scale) % 2 === 0;
      if (module === '█' || module === (isUpper ? '▀' : '▄'))
        data.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  return { width, height, data };
}

describe('QR in a terminal', () => {
  it('DEV-1: is read back by a decoder', () => {
    const lines = qrLines(TEXT, { isTTY: true, columns: 80 });
    expect(decodeQR(photograph(lines))).toBe(TEXT);
  });

  it('is left out where it has no room, and in scripts', () => {
    expect(qrLines(TEXT, { isTTY: true, columns: 60 })).toEqual([]);
    expect(qrLines(TEXT, {})).toEqual([]);
  });
});
