import encodeQR from 'qr';

/** Light modules on each side, which readers need to find the code (ISO/IEC 18004, section 9.1). */
export const QUIET_ZONE = 4;

export interface QrPath {
  /** Width and height in modules, quiet zone included. */
  readonly size: number;
  /** `d` of an SVG path: the dark modules, joined row by row. */
  readonly path: string;
}

/** @param text at most 2,900 bytes */
export function qrPath(text: string): QrPath {
  const rows = encodeQR(text, 'raw', { ecc: text.length > 300 ? 'low' : 'medium', border: QUIET_ZONE });
  const parts: string[] = [];
  for (const [y, row] of rows.entries()) {
    for (let x = 0; x < row.length; x++) {
      if (row[x] !== true) continue;
      const from = x;
      while (row[x + 1] === true) x++;
      const width = x - from + 1;
      parts.push(`M${from} ${y}h${width}v1h-${width}z`);
    }
  }
  return { size: rows.length, path: parts.join('') };
}
