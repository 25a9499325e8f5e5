/** Records as bytes: JSON in which a byte string is `{"$b": hex}`. */
import { fromUtf8, utf8 } from '@sotto/protocol/crypto';
import { fromHex, toHex } from './hex.ts';

/** As it looks in JSON; inside a text its quotes would be escaped. */
const MARK = '"$b"';

export function encodeRecord(record: object): Uint8Array {
  return utf8(JSON.stringify(hasBytes(record) ? withoutBytes(record) : record));
}

/** @throws SyntaxError, TypeError when it is none */
export function decodeRecord(bytes: Uint8Array): unknown {
  const text = fromUtf8(bytes);
  const value: unknown = JSON.parse(text);
  // Most records are messages and have no bytes: a walk through them, or JSON's own callbacks, would double the cost.
  return text.includes(MARK) ? withBytes(value) : value;
}

function hasBytes(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return value instanceof Uint8Array || Object.values(value).some(hasBytes);
}

function withoutBytes(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return { $b: toHex(value) };
  if (Array.isArray(value)) return value.map(withoutBytes);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutBytes(item)]));
}

function withBytes(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withBytes);
  if ('$b' in value && typeof value.$b === 'string') return fromHex(value.$b) ?? value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withBytes(item)]));
}
