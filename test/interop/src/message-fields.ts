import { concat } from '@sotto/protocol/crypto';

/** A field of an encoded protobuf as it stands there, tag and length included. */
export interface Field {
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** The fields of a protobuf that consists of varints and byte strings, in their order; views. */
export function splitFields(protobuf: Uint8Array): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < protobuf.length;) {
    const [tag, afterTag] = readVarint(protobuf, at);
    const [value, afterValue] = readVarint(protobuf, afterTag);
    const end = (tag & 7) === 0 ? afterValue : afterValue + value;
    fields.push({ number: tag >> 3, bytes: protobuf.subarray(at, end) });
    at = end;
  }
  return fields;
}

export const joinFields = (fields: readonly Field[]): Uint8Array => concat(...fields.map(({ bytes }) => bytes));

export function readVarint(bytes: Uint8Array, start: number): readonly [value: number, next: number] {
  let value = 0;
  for (let at = start, factor = 1; ; at++, factor *= 0x80) {
    const byte = bytes[at]!;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return [value, at + 1];
  }
}
