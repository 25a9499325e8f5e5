/**
 * The y coordinates of the eight points of small order, little-endian, sign bit clear: 1, p - 1, 0 and the two of
 * order 8 ("Taming the many EdDSAs", table 5; RFC 8032, section 5.1 for the encoding).
 */
const SMALL_ORDER_Y: readonly Buffer[] = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map((hex) => Buffer.from(hex, 'hex'));

/** False for encodings with y >= p and for points of small order. Whether it is a point at all is not looked at. */
export function isStrictPoint(encoded: Uint8Array): boolean {
  const y = Buffer.from(encoded);
  y[31] = (y[31] ?? 0) & 0x7f;
  if (y[31] === 0x7f && (y[0] ?? 0) >= 0xed && y.subarray(1, 31).every((byte) => byte === 0xff)) return false;
  return !SMALL_ORDER_Y.some((point) => point.equals(y));
}
