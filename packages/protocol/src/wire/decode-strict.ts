import { fromBinary, toBinary, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { plainBytes } from './cursor.ts';
import { checkStructure } from './structure.ts';
import { WireError } from './wire-error.ts';

/**
 * Decodes any message strictly: size, structure, then values (WIRE-3). Unknown fields are dropped. Lengths of
 * keys and lists are the business of the message's own decoder (`decodeContent`, …). Byte fields are views of `bytes`.
 *
 * @throws WireError
 */
export function decodeStrict<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
  maxBytes: number,
): MessageShape<Desc> {
  if (bytes.length > maxBytes) throw new WireError('too-large', `${schema.name}: too large`);
  checkStructure(schema, bytes);
  try {
    return fromBinary(schema, plainBytes(bytes), { readUnknownFields: false });
  } catch {
    // After the structure check only text that is not UTF-8 is left. The runtime's message may quote contents.
    throw new WireError('malformed', `${schema.name}: malformed`);
  }
}

/** The bytes of a message, fields in ascending order. */
export function encode<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): Uint8Array {
  return toBinary(schema, message, { writeUnknownFields: false });
}
