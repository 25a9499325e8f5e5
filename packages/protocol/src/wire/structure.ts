import { ScalarType, type DescField, type DescMessage } from '@bufbuild/protobuf';
import { Cursor, DELIMITED, FIXED32, FIXED64, VARINT, wrongWireType } from './cursor.ts';
import { MAX_REPEATED } from './limits.ts';
import { WireError } from './wire-error.ts';

const MAX_DEPTH = 8;

/**
 * Walks encoded bytes along a message's schema and refuses what the generated decoder would let pass: wrong
 * wire types, numbers too large for their field, groups, two bodies of a oneof, floods of elements or of
 * unknown fields. Allocates next to nothing, so it runs before anything is decoded (WIRE-3).
 *
 * @throws WireError
 */
export function checkStructure(schema: DescMessage, bytes: Uint8Array): void {
  checkMessage(schema, new Cursor(bytes), bytes.length, 0);
}

function checkMessage(schema: DescMessage, cursor: Cursor, end: number, depth: number): void {
  if (depth === MAX_DEPTH) throw new WireError('malformed', `${schema.name}: nested too deeply`);
  const fields = fieldsOf(schema);
  let unknown = 0;
  let oneofSet = false;
  let counts: Map<number, number> | null = null;
  while (cursor.position < end) {
    const tag = cursor.tag(end);
    const field = fields.get(tag >>> 3);
    if (field === undefined) {
      unknown = cursor.skipUnknown(tag, end, unknown);
      continue;
    }
    if (field.oneof !== undefined) {
      if (oneofSet) throw new WireError('malformed', `${schema.name}: two values of a oneof`);
      oneofSet = true;
    }
    if (field.fieldKind === 'list') {
      counts ??= new Map();
      const count = (counts.get(field.number) ?? 0) + checkElements(field, tag & 7, cursor, end, depth);
      if (count > MAX_REPEATED) throw new WireError('too-many', `${schema.name}.${field.name}: too many`);
      counts.set(field.number, count);
    } else {
      checkValue(field, tag & 7, cursor, end, depth);
    }
  }
}

/** One element, or a packed run of them. @returns how many */
function checkElements(field: DescField, wireType: number, cursor: Cursor, end: number, depth: number): number {
  const packable =
    field.message === undefined && field.scalar !== ScalarType.BYTES && field.scalar !== ScalarType.STRING;
  if (!packable || wireType !== DELIMITED) {
    checkValue(field, wireType, cursor, end, depth);
    return 1;
  }
  const packedEnd = cursor.delimitedEnd(end);
  let count = 0;
  for (; cursor.position < packedEnd; count++) checkValue(field, VARINT, cursor, packedEnd, depth);
  return count;
}

function checkValue(field: DescField, wireType: number, cursor: Cursor, end: number, depth: number): void {
  if (field.message !== undefined) {
    if (wireType !== DELIMITED) wrongWireType();
    checkMessage(field.message, cursor, cursor.delimitedEnd(end), depth + 1);
    return;
  }
  if (wireType !== wireTypeOf(field)) wrongWireType();
  if (field.enum !== undefined) {
    if (cursor.varint(end) > 0x7fff_ffff) throw new WireError('out-of-range', `${field.name}: not an enum value`);
  } else if (field.scalar === ScalarType.UINT32) {
    cursor.uint32(end);
  } else if (field.scalar === ScalarType.UINT64) {
    cursor.varint(end);
  } else if (field.scalar === ScalarType.BOOL) {
    cursor.bool(end);
  } else {
    cursor.skip(wireType, end);
  }
}

function wireTypeOf(field: DescField): number {
  switch (field.scalar) {
    case ScalarType.BYTES:
    case ScalarType.STRING:
      return DELIMITED;
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
    case ScalarType.FLOAT:
      return FIXED32;
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
    case ScalarType.DOUBLE:
      return FIXED64;
    default:
      return VARINT;
  }
}

const byNumber = new WeakMap<DescMessage, Map<number, DescField>>();

function fieldsOf(schema: DescMessage): Map<number, DescField> {
  let fields = byNumber.get(schema);
  if (fields === undefined) {
    fields = new Map(schema.fields.map((field) => [field.number, field]));
    byNumber.set(schema, fields);
  }
  return fields;
}
