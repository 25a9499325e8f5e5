import encodeQR from 'qr';

/** Light modules around the code, which readers need to find it. */
const BORDER = 2;
const BLACK_ON_WHITE = '\u001b[30;107m';
const RESET = '\u001b[0m';

/**
 * A code for cameras, two rows a line; nothing where it has no room or cannot be told from the ground.
 * @param stream where it is to be written
 */
export function qrLines(text: string, stream: { readonly isTTY?: boolean; readonly columns?: number }): string[] {
  const rows = encodeQR(text, 'raw', { ecc: 'low', border: BORDER });
  const width = rows[0]?.length ?? 0;
  if (stream.isTTY !== true || (stream.columns ?? 0) < width) return [];
  const lines: string[] = [];
  for (let y = 0; y < rows.length; y += 2) {
    const line = Array.from({ length: width }, (_, x) => half(rows[y]?.[x] === true, rows[y + 1]?.[x] === true));
    lines.push(`${BLACK_ON_WHITE}${line.join('')}${RESET}`);
  }
  return lines;
}

function half(upper: boolean, lower: boolean): string {
  if (upper) return lower ? '█' : '▀';
  return lower ? '▄' : ' ';
}
