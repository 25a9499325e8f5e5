/**
 * Arrays as PostgreSQL sends them itself (array_send): one dimension, no nulls. The driver would write each byte string
 * as text of twice its length.
 */

const OID = { bytea: 17, int8: 20, int2: 21, int4: 23 } as const;
/** Dimensions, flags, element type, length, lower bound. */
const HEADER = 20;

function header(bytes: number, oid: number, count: number): Buffer {
  const buffer = Buffer.allocUnsafe(HEADER + bytes);
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(0, 4);
  buffer.writeInt32BE(oid, 8);
  buffer.writeInt32BE(count, 12);
  buffer.writeInt32BE(1, 16);
  return buffer;
}

/** `bytea[]` */
export function byteaArray(items: readonly Uint8Array[]): Buffer {
  let bytes = 0;
  for (const item of items) bytes += 4 + item.length;
  const buffer = header(bytes, OID.bytea, items.length);
  let at = HEADER;
  for (const item of items) {
    at = buffer.writeInt32BE(item.length, at);
    buffer.set(item, at);
    at += item.length;
  }
  return buffer;
}

/** `int8[]`; up to 2^53 - 1. */
export function int8Array(values: readonly number[]): Buffer {
  const buffer = header(12 * values.length, OID.int8, values.length);
  let at = HEADER;
  for (const value of values) {
    at = buffer.writeInt32BE(8, at);
    at = buffer.writeBigInt64BE(BigInt(value), at);
  }
  return buffer;
}

/** `int4[]` */
export function int4Array(values: readonly number[]): Buffer {
  const buffer = header(8 * values.length, OID.int4, values.length);
  let at = HEADER;
  for (const value of values) {
    at = buffer.writeInt32BE(4, at);
    at = buffer.writeInt32BE(value, at);
  }
  return buffer;
}

/** `int2[]` */
export function int2Array(values: readonly number[]): Buffer {
  const buffer = header(6 * values.length, OID.int2, values.length);
  let at = HEADER;
  for (const value of values) {
    at = buffer.writeInt32BE(2, at);
    at = buffer.writeInt16BE(value, at);
  }
  return buffer;
}
