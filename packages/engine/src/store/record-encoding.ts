/** Records as bytes: JSON in which a byte string is `{"$b": hex}`. */
import { fromUtf8, utf8 } from '@sotto/protocol/crypto';
import { fromHex, toHex } from './hex.ts';

export function encodeRecord(record: object): Uint8Array {
  return utf8(
    JSON.stringify(record, (_key, value: unknown) => (value instanceof Uint8Array ? { $b: toHex(value) } : value)),
  );
}

/** @throws SyntaxError, TypeError when it is none */
export function decodeRecord(bytes: Uint8Array): unknown {
  return JSON.parse(fromUtf8(bytes), (_key, value: unknown) => {
    if (typeof value === 'object' && value !== null && '$b' in value && typeof value.$b === 'string') {
      return fromHex(value.$b) ?? value;
    }
    return value;
  });
}
